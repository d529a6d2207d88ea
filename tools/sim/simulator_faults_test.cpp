#include "tools/sim/admin_api.hpp"
#include "tools/sim/generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr UtcTime kStart{1'700'000'000s};
constexpr SessionId kAnna{1};

Now at(std::chrono::nanoseconds since) {
  return {MonoTime{since}, kStart + std::chrono::floor<std::chrono::microseconds>(since)};
}

// A simulator of one symbol at 100 trades a second, with the client Anna on its stream.
class FaultySimulator : public testing::Test {
 protected:
  FaultySimulator() {
    GeneratorOptions options;
    options.symbols = {Symbol::parse("BTCUSDT").value()};
    options.start = kStart;
    source_.emplace(options, symbols_);
    SimulatorOptions simulator;
    simulator.keep_ledger = true;
    simulator_.emplace(simulator, symbols_, *source_);
    simulator_->opened(kAnna, parse_stream_target("/ws/btcusdt@trade").value(), at(0s), actions_);
    simulator_->tick(at(0s), actions_);
  }
  AdminReply admin(std::string_view method, std::string_view target, std::string_view body,
                   Now now) {
    return answer_admin(*simulator_, {method, target, body}, now, actions_);
  }
  void begin(std::string_view fault, Now now) {
    ASSERT_EQ(admin("POST", "/faults", fault, now).status, 200U);
  }
  // The ids that Anna gets until then.
  std::vector<std::uint64_t> run_until(std::chrono::nanoseconds until) {
    std::vector<std::uint64_t> ids;
    for (;;) {
      simulator_->tick(at(now_), actions_);
      take(ids);
      while (simulator_->publish_next(at(now_), actions_)) take(ids);
      if (now_ >= until) return ids;
      now_ += 1ms;
    }
  }
  std::vector<std::uint64_t> rest_ids(std::string_view target) {
    std::vector<std::uint64_t> ids;
    auto const reply = simulator_->answer({"GET", target, "c", ""}, at(now_));
    for (auto const& row : nlohmann::json::parse(reply.body)) ids.push_back(row.at("id"));
    return ids;
  }

  SymbolTable symbols_;
  std::optional<Generator> source_;
  std::optional<Simulator> simulator_;
  Actions actions_;
  std::chrono::nanoseconds now_{};

 private:
  void take(std::vector<std::uint64_t>& ids) {
    for (Action const& action : actions_) {
      auto const* const text = std::get_if<SendText>(&action);
      if (text != nullptr) ids.push_back(nlohmann::json::parse(text->text).at("t"));
    }
    actions_.clear();
  }
};

TEST_F(FaultySimulator, DatabasesThatAreBehindLackTheNewestTrades) {
  auto const ids = run_until(10s);
  begin("rest-lag lag=3s", at(10s));
  EXPECT_EQ(rest_ids("/api/v3/trades?symbol=BTCUSDT&limit=1").back(), ids.back());
  auto const known = rest_ids("/api/v3/historicalTrades?symbol=BTCUSDT&limit=1").back();
  EXPECT_LT(known, ids.back() - 200);
  EXPECT_GT(known, ids.back() - 400);
  std::string const tail =
      "/api/v3/historicalTrades?symbol=BTCUSDT&fromId=" + std::to_string(ids.back() - 600);
  EXPECT_EQ(rest_ids(tail).back(), known);
  auto const aggs =
      simulator_->answer({"GET", "/api/v3/aggTrades?symbol=BTCUSDT&limit=1", "c", ""}, at(10s));
  EXPECT_THAT(aggs.body, HasSubstr(R"("l":)" + std::to_string(known)));
  run_until(13s);
  EXPECT_GE(rest_ids("/api/v3/historicalTrades?symbol=BTCUSDT&limit=1").back(), ids.back());
}

TEST_F(FaultySimulator, IdsThatAreLeftOutAreNowhere) {
  auto const before = run_until(2s);
  begin("id-gap ids=10", at(2s));
  auto const after = run_until(3s);
  EXPECT_EQ(after.front(), before.back() + 11);
  EXPECT_EQ(after.back() - after.front() + 1, after.size());
  std::string const from =
      "/api/v3/historicalTrades?symbol=BTCUSDT&limit=1&fromId=" + std::to_string(before.back() + 1);
  EXPECT_EQ(rest_ids(from).front(), after.front());
  EXPECT_THAT(simulator_->ledger(), HasSubstr("BTCUSDT," + std::to_string(after.front()) + ","));
  EXPECT_THAT(simulator_->ledger(),
              testing::Not(HasSubstr("BTCUSDT," + std::to_string(before.back() + 5) + ",")));
}

TEST_F(FaultySimulator, AfterAHaltTradingGoesOnWithTheNextIdAndTheTimeOfTheDay) {
  auto const before = run_until(2s);
  begin("halt for=1h", at(2s));
  EXPECT_FALSE(simulator_->publication_due(at(30min).mono));
  EXPECT_TRUE(run_until(10s).empty());
  now_ = 1h + 2s;
  auto const after = run_until(1h + 4s);
  EXPECT_GT(after.size(), 100U);
  EXPECT_LT(after.size(), 300U);
  EXPECT_EQ(after.front(), before.back() + 1);
  auto const newest =
      simulator_->answer({"GET", "/api/v3/trades?symbol=BTCUSDT&limit=1", "c", ""}, at(now_));
  EXPECT_THAT(newest.body, HasSubstr(R"("time":170000360)"));
}

TEST_F(FaultySimulator, AWrongClockIsTheSameInStreamsAndRest) {
  begin("clock-skew by=-2s for=5s", at(0s));
  run_until(1s);
  auto const time = [&] {
    return simulator_->answer({"GET", "/api/v3/time", "c", ""}, at(now_)).body;
  };
  EXPECT_EQ(time(), R"({"serverTime":1699999999000})");
  EXPECT_THAT(simulator_->ledger(), HasSubstr(",1699999998"));
  run_until(6s);
  EXPECT_EQ(time(), R"({"serverTime":1700000006000})");
}

TEST_F(FaultySimulator, NewConnectionsMeetWhatIsWrongWithTheirBeginning) {
  EXPECT_FALSE(simulator_->connecting(at(0s)).hold);
  begin("black-hole for=1s\nbad-certificate kind=wrong-host for=2s", at(0s));
  EXPECT_TRUE(simulator_->connecting(at(0s)).hold);
  EXPECT_EQ(simulator_->connecting(at(0s)).tls, TlsFault::kWrongHost);
  run_until(1s);
  EXPECT_FALSE(simulator_->connecting(at(1s)).hold);
  begin("refuse status=418 retry-after=9s", at(1s));
  EXPECT_EQ(simulator_->upgrading(at(1s)), (UpgradeRefusal{418, 9s}));
  admin("DELETE", "/faults", "", at(1s));
  EXPECT_EQ(simulator_->upgrading(at(1s)), std::nullopt);
  EXPECT_EQ(simulator_->connecting(at(1s)).tls, TlsFault::kNone);
}

TEST_F(FaultySimulator, RestFailsInEveryWay) {
  RestRequest const ping{"GET", "/api/v3/ping", "c", ""};
  begin("rest-down for=1s", at(0s));
  EXPECT_TRUE(simulator_->answer(ping, at(0s)).cut);
  run_until(1s);
  begin("rest-down status=429 retry-after=7s for=1s", at(1s));
  auto const limited = simulator_->answer(ping, at(1s));
  EXPECT_EQ(limited.status, 429U);
  EXPECT_THAT(limited.headers,
              testing::Contains(std::pair<std::string, std::string>{"Retry-After", "7"}));
  run_until(2s);
  begin("rest-down delay=4s", at(2s));
  auto const slow = simulator_->answer(ping, at(2s));
  EXPECT_EQ(slow.delay, 4s);
  EXPECT_EQ(slow.body, "{}");
}

TEST_F(FaultySimulator, TheAdminPortBeginsListsAndHeals) {
  auto const begun = admin("POST", "/faults", "half-open\nrest-lag at=5s\n", at(3s));
  EXPECT_EQ(begun.body,
            "{\"faults\":[{\"id\":1,\"fault\":\"half-open\"},"
            "{\"id\":2,\"fault\":\"rest-lag at=5s\"}]}\n");
  EXPECT_EQ(actions_.back(), Action{HoldLink{kAnna}});
  EXPECT_THAT(admin("GET", "/faults", "", at(3s)).body,
              HasSubstr(R"({"id":1,"fault":"half-open","state":"active","times":1,"hits":1},)"
                        R"({"id":2,"fault":"rest-lag at=5s","state":"waiting","times":0,)"));
  EXPECT_EQ(admin("DELETE", "/faults/9", "", at(4s)).status, 404U);
  EXPECT_EQ(admin("DELETE", "/faults/1", "", at(4s)).status, 200U);
  EXPECT_EQ(actions_.back(), (Action{DropSession{kAnna, DropKind::kReset}}));
  EXPECT_EQ(admin("DELETE", "/faults", "", at(4s)).body, "{\"healed\":1}\n");
  auto const& events = simulator_->fault_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_TRUE(events[0].began);
  EXPECT_FALSE(events[1].began);
}

TEST_F(FaultySimulator, TheAdminPortRefusesWhatItDoesNotKnow) {
  EXPECT_EQ(admin("POST", "/faults", "", at(0s)).status, 400U);
  EXPECT_EQ(admin("POST", "/faults", "drop how=hard", at(0s)).body,
            "{\"error\":\"line 1: fault: unknown how 'hard'; allowed: rst, fin\"}\n");
  EXPECT_EQ(admin("PUT", "/faults", "", at(0s)).status, 405U);
  EXPECT_EQ(admin("GET", "/faults/1", "", at(0s)).status, 405U);
  EXPECT_EQ(admin("GET", "/nowhere", "", at(0s)).status, 404U);
  EXPECT_EQ(admin("DELETE", "/faults/x", "", at(0s)).status, 404U);
  EXPECT_EQ(admin("GET", "/", "", at(0s)).body,
            "{\"published\":0,\"events\":0,\"finished\":false,\"faults\":0}\n");
}

TEST_F(FaultySimulator, RefusesAFaultOfASymbolThatThereIsNot) {
  auto const refused =
      admin("POST", "/faults", "drop how=fin\nhalt symbols=BTCUSDT,XRPUSDT", at(1s));
  EXPECT_EQ(refused.status, 400U);
  EXPECT_THAT(refused.body, HasSubstr("'halt symbols=BTCUSDT,XRPUSDT': there is no symbol "
                                      "'XRPUSDT' here; there are BTCUSDT"));
  EXPECT_TRUE(simulator_->faults().empty());
}

TEST_F(FaultySimulator, HoldsRestAnswersInABlackHoleUntilItIsOver) {
  begin("black-hole for=3s", at(1s));
  EXPECT_EQ(simulator_->answer({"GET", "/api/v3/ping", "c", ""}, at(1500ms)).delay, 2500ms);
  simulator_->tick(at(4s), actions_);
  EXPECT_EQ(simulator_->answer({"GET", "/api/v3/ping", "c", ""}, at(4s)).delay, 0ms);
  begin("black-hole on=one for=3s", at(5s));
  EXPECT_EQ(simulator_->answer({"GET", "/api/v3/ping", "c", ""}, at(6s)).delay, 0ms);
  begin("black-hole", at(7s));
  EXPECT_EQ(simulator_->answer({"GET", "/api/v3/ping", "c", ""}, at(7s)).delay, 1h);
}

}  // namespace
}  // namespace k2::sim
