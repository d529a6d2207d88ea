// Tests of the shard's composition, as dialogues: symbols that are added and removed while it runs,
// and the effects of one machine's finding on another. The handling of trades is tested by
// tests/simulation.
#include "shard/shard.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace k2::shard {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr LineId kLine{1};

Symbol symbol(char const* name) {
  return Symbol::parse(name).value();
}

Now at(std::chrono::nanoseconds since_start) {
  return {MonoTime{seconds{100}} + since_start,
          UtcTime{seconds{1'700'000'040}} +
              std::chrono::duration_cast<std::chrono::microseconds>(since_start)};
}

/// Takes all, and keeps the newest position of each symbol.
class Shelf final : public sink::BatchDoor {
 public:
  [[nodiscard]] bool try_push(sink::Batch&& batch) override {
    for (sink::Position const& position : batch.block.positions) {
      stored[position.symbol] = value(position.last);
    }
    records += batch.block.count;
    for (sink::DeadLetter& letter : batch.dead_letters) letters.push_back(std::move(letter));
    for (sink::DeclaredGap& gap : batch.gaps) gaps.push_back(std::move(gap));
    for (sink::TapeRestart& one : batch.restarts) restarts.push_back(std::move(one));
    return true;
  }
  [[nodiscard]] sink::Batch take_emptied() override { return {}; }

  std::map<std::string, std::uint64_t> stored;
  std::uint64_t records = 0;
  std::vector<sink::DeadLetter> letters;
  std::vector<sink::DeclaredGap> gaps;
  std::vector<sink::TapeRestart> restarts;
};

ShardOptions calm(std::vector<ShardSymbol> symbols) {
  ShardOptions options;
  options.symbols = std::move(symbols);
  options.feed.line.data_silence = options.feed.line.frame_silence_max = std::chrono::hours{1'000};
  options.feed.line.ping_interval = std::chrono::hours{1'000};
  options.continuity.quiet.silence_min = std::chrono::hours{24};
  options.continuity.quiet.recheck_max = std::chrono::hours{24};
  return options;
}

struct Dialogue {
  explicit Dialogue(std::vector<ShardSymbol> symbols) : Dialogue(calm(std::move(symbols))) {}
  explicit Dialogue(ShardOptions options) : shard(std::move(options), shelf, Rng{1}, at({}).mono) {
    shard.tick(at({}));
    shard.on_line_opened(kLine, at({}));
    (void)texts();
  }
  void trade(std::string_view name, std::uint64_t id, Now now) {
    std::string frame =
        fmt::format(R"({{"stream":"x","data":{{"e":"trade","E":1700000040000000,"s":"{}","t":{},)"
                    R"("p":"0.5","q":"1","T":1700000040000000,"m":true,"M":true}}}})",
                    name, id);
    std::size_t const length = frame.size();
    frame.append(64, '\0');
    shard.on_text(kLine, {frame.data(), length}, now);
    shard.on_batch_end(kLine, now);
  }
  /// Returns what the shard has sent since the previous call, and no more.
  std::vector<std::string> texts() {
    std::vector<std::string> sent;
    for (feed::FeedAction const& action : shard.outbox().lines) {
      if (auto const* text = std::get_if<feed::SendText>(&action)) sent.push_back(text->text);
    }
    shard.outbox() = {};
    return sent;
  }
  std::vector<std::string> targets() {
    std::vector<std::string> asked;
    for (Fetch const& fetch : shard.outbox().fetches) asked.push_back(fetch.target);
    shard.outbox() = {};
    return asked;
  }
  std::map<std::string, std::uint64_t> const& stored() {
    EXPECT_TRUE(shard.flush());
    return shelf.stored;
  }

  Shelf shelf;
  Shard shard;
};

TEST(Shard, CarriesASymbolThatIsAddedWhileItRuns) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT"}}};
  dialogue.trade("BTCUSDT", 1, at(seconds{1}));
  (void)dialogue.texts();
  dialogue.shard.add_symbol({.symbol = symbol("ETHUSDT"), .currency = "USDT"}, at(seconds{2}));
  EXPECT_THAT(dialogue.texts(), ElementsAre(HasSubstr(R"("ethusdt@trade")")));
  dialogue.trade("ETHUSDT", 70, at(seconds{3}));
  EXPECT_EQ(dialogue.stored(),
            (std::map<std::string, std::uint64_t>{{"BTCUSDT", 1}, {"ETHUSDT", 70}}));
}

TEST(Shard, FetchesWhatANewSymbolMissedSinceItsPosition) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT"}}};
  dialogue.shard.add_symbol(
      {.symbol = symbol("ETHUSDT"), .currency = "USDT", .position = TradeId{70}}, at(seconds{2}));
  dialogue.shard.tick(at(seconds{3}));
  EXPECT_THAT(dialogue.targets(), ElementsAre(HasSubstr("trades?symbol=ETHUSDT")))
      << "a look at the newest";
}

TEST(Shard, FetchesAgainWhatTheTopicLacksAndDeclaresItOpen) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{70}}}};
  dialogue.trade("BTCUSDT", 71, at(seconds{1}));
  (void)dialogue.targets();
  sink::SymbolIds const lost{"BTCUSDT", {{TradeId{40}, TradeId{44}}}};
  dialogue.shard.reopen(lost, at(seconds{2}));
  EXPECT_THAT(dialogue.targets(), ElementsAre(HasSubstr("fromId=40")));
  EXPECT_TRUE(dialogue.shard.flush());
  ASSERT_EQ(dialogue.shelf.gaps.size(), 1U);
  EXPECT_EQ(dialogue.shelf.gaps.front().ids, lost.ids.front());
  EXPECT_EQ(dialogue.shelf.gaps.front().state, GapState::kOpen);
  dialogue.shard.reopen(lost, at(seconds{3}));
  EXPECT_TRUE(dialogue.shard.flush());
  EXPECT_EQ(dialogue.shelf.gaps.size(), 1U) << "it is being fetched";
  // The fetched trade fills the gap.
  dialogue.trade("BTCUSDT", 40, at(seconds{4}));
  EXPECT_TRUE(dialogue.shard.flush());
  EXPECT_EQ(dialogue.shelf.records, 2U);
  EXPECT_EQ(dialogue.shelf.gaps.back().state, GapState::kRepaired);
}

TEST(Shard, FetchesNothingAgainOfATapeThatHasNotBegunOrIsNotCarried) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT"},
                     {.symbol = symbol("ETHUSDT"), .currency = "USDT", .position = TradeId{70}}}};
  dialogue.shard.remove_symbol(symbol("ETHUSDT"), at(seconds{1}));
  (void)dialogue.targets();
  for (std::string name : {"BTCUSDT", "ETHUSDT", "SOLUSDT"}) {
    dialogue.shard.reopen({name, {{TradeId{40}, TradeId{44}}}}, at(seconds{2}));
  }
  EXPECT_THAT(dialogue.targets(), IsEmpty());
  EXPECT_TRUE(dialogue.shard.flush());
  EXPECT_THAT(dialogue.shelf.gaps, IsEmpty());
}

TEST(Shard, BeginsATapeAtTheIdThatIsWanted) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT", .first = TradeId{10}}}};
  dialogue.trade("BTCUSDT", 5'000, at(seconds{1}));
  dialogue.shard.tick(at(seconds{2}));
  dialogue.shard.tick(at(seconds{3}));
  EXPECT_THAT(dialogue.targets(), testing::Contains(HasSubstr("fromId=10")));
  EXPECT_THAT(dialogue.stored(), IsEmpty()) << "nothing is stored before it";
}

TEST(Shard, LeavesATapeAloneThatStandsSomewhereWhateverFirstSays) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"),
                      .currency = "USDT",
                      .position = TradeId{40},
                      .first = TradeId{10}}}};
  dialogue.trade("BTCUSDT", 41, at(seconds{1}));
  EXPECT_EQ(dialogue.stored(), (std::map<std::string, std::uint64_t>{{"BTCUSDT", 41}}));
}

TEST(Shard, StoresNothingOfARemovedSymbolAndGoesOnWhereItStopped) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT"},
                     {.symbol = symbol("ETHUSDT"), .currency = "USDT"}}};
  dialogue.trade("BTCUSDT", 1, at(seconds{1}));
  dialogue.trade("ETHUSDT", 70, at(seconds{1}));
  (void)dialogue.texts();
  dialogue.shard.remove_symbol(symbol("ETHUSDT"), at(seconds{2}));
  dialogue.shard.remove_symbol(symbol("ETHUSDT"), at(seconds{2}));
  EXPECT_THAT(dialogue.texts(), ElementsAre(testing::AllOf(HasSubstr("UNSUBSCRIBE"),
                                                           HasSubstr(R"("ethusdt@trade")"))));
  dialogue.trade("ETHUSDT", 71, at(seconds{3}));
  EXPECT_EQ(dialogue.stored().at("ETHUSDT"), 70U);
  (void)dialogue.texts();

  dialogue.shard.add_symbol({.symbol = symbol("ETHUSDT"), .currency = "USDT"}, at(seconds{4}));
  EXPECT_THAT(dialogue.texts(), ElementsAre(HasSubstr(R"("ethusdt@trade")")));
  dialogue.trade("ETHUSDT", 72, at(seconds{5}));
  EXPECT_EQ(dialogue.stored().at("ETHUSDT"), 70U) << "71 is missing";
  dialogue.trade("ETHUSDT", 71, at(seconds{5}));
  EXPECT_EQ(dialogue.stored().at("ETHUSDT"), 72U);
  EXPECT_EQ(dialogue.shelf.records, 4U);
}

/// The newest trades as a REST reply: one row.
RestReply row(std::uint64_t id) {
  return {.status = 200,
          .body = fmt::format(R"([{{"id":{},"price":"0.5","qty":"1","time":1700000040000,)"
                              R"("isBuyerMaker":true}}])",
                              id),
          .used_weight = {},
          .retry_after = {}};
}

TEST(Shard, ReplacesTheLineOfASymbolThatOnlyRestBrings) {
  ShardOptions options = calm({{.symbol = symbol("BTCUSDT"), .currency = "USDT"}});
  options.continuity.quiet.silence_min = seconds{5};
  Dialogue dialogue{std::move(options)};
  dialogue.trade("BTCUSDT", 1, at(seconds{1}));
  std::uint64_t id = 1;
  std::optional<feed::LineReason> why;
  for (std::chrono::seconds now{2}; now < minutes{5} && !why; now += seconds{1}) {
    dialogue.shard.tick(at(now));
    for (Fetch const& fetch : std::exchange(dialogue.shard.outbox(), {}).fetches) {
      dialogue.shard.on_rest_reply(fetch.request, row(++id), at(now));
    }
    for (feed::FeedAction const& action : dialogue.shard.outbox().lines) {
      if (auto const* open = std::get_if<feed::OpenLine>(&action)) why = open->why;
    }
  }
  EXPECT_EQ(why, feed::LineReason::kDeadStream);
  EXPECT_EQ(dialogue.stored().at("BTCUSDT"), 3U) << "what only REST brought";
}

TEST(Shard, AsksNothingForFiveMinutesWhereRestIsNotServed) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{1}}}};
  dialogue.trade("BTCUSDT", 9, at({}));
  dialogue.shard.tick(at({}));
  dialogue.shard.tick(at(milliseconds{200}));
  auto const asked = std::exchange(dialogue.shard.outbox(), {}).fetches;
  ASSERT_FALSE(asked.empty());
  for (Fetch const& fetch : asked) {
    dialogue.shard.on_rest_reply(
        fetch.request, RestReply{.status = 451, .body = "", .used_weight = {}, .retry_after = {}},
        at(milliseconds{300}));
  }
  (void)dialogue.targets();
  for (auto now = seconds{1}; now < minutes{5}; now += seconds{1}) {
    dialogue.shard.tick(at(now));
    ASSERT_THAT(dialogue.targets(), IsEmpty()) << now.count();
  }
  dialogue.shard.tick(at(minutes{5} + seconds{1}));
  EXPECT_THAT(dialogue.targets(), testing::Not(IsEmpty()));
}

// The exchange's time in these frames is 1700000040 s, a second before their receipt by our clock,
// which is 990 ms fast: the trade took 10 ms.
TEST(Shard, GoesPastATradeThatTheRecordCannotHoldAndKeepsItOnce) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{9}}}};
  dialogue.trade("BTCUSDT", 12, at(seconds{1}));
  dialogue.shard.tick(at(seconds{2}));
  RestReply reply;
  reply.status = 200;
  reply.body = R"([{"id":10,"price":"0.5","qty":"1","time":1,"isBuyerMaker":true},)"
               R"({"id":11,"price":"0.123456789","qty":"1","time":1,"isBuyerMaker":true}])";
  for (int again = 0; again < 2; ++again) {
    for (Fetch const& fetch : std::exchange(dialogue.shard.outbox(), {}).fetches) {
      dialogue.shard.on_rest_reply(fetch.request, reply, at(seconds{3 + again}));
    }
    dialogue.shard.tick(at(seconds{3 + again}));
  }
  EXPECT_EQ(dialogue.stored(), (std::map<std::string, std::uint64_t>{{"BTCUSDT", 12}}));
  ASSERT_EQ(dialogue.shelf.letters.size(), 1U);
  EXPECT_EQ(dialogue.shelf.letters[0].reason, "decimal_range");
  ASSERT_FALSE(dialogue.shelf.gaps.empty());
  EXPECT_EQ(dialogue.shelf.gaps.back().ids, (IdRange{TradeId{11}, TradeId{11}}));
  EXPECT_THAT(dialogue.shelf.gaps.back().why, HasSubstr("unrepresentable"));
}

TEST(Shard, KeepsATradeWithAnImplausibleIdAsADeadLetter) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{9}}}};
  dialogue.trade("BTCUSDT", std::uint64_t{1} << 62U, at(seconds{1}));
  for (int second = 2; second < 70; ++second) dialogue.shard.tick(at(seconds{second}));
  ASSERT_TRUE(dialogue.shard.flush());
  ASSERT_EQ(dialogue.shelf.letters.size(), 1U);
  EXPECT_EQ(dialogue.shelf.letters[0].reason, "id_implausible");
  EXPECT_THAT(dialogue.shelf.letters[0].bytes, HasSubstr(R"("t":4611686018427387904,)"));
  EXPECT_THAT(dialogue.shelf.gaps, IsEmpty());
  EXPECT_EQ(dialogue.shelf.records, 0U);
}

/// Lets the ids of a tape start over at 1: it is halted.
void start_ids_over(Dialogue& dialogue) {
  for (int second = 1; second < 70; ++second) {
    std::string frame = fmt::format(
        R"({{"e":"trade","E":{0},"s":"BTCUSDT","t":{1},"p":"1","q":"1","T":{0},"m":true,)"
        R"("M":true}})",
        1'700'000'040'000'000 + second * 1'000'000LL, second);
    std::size_t const length = frame.size();
    frame.append(64, '\0');
    dialogue.shard.on_text(kLine, {frame.data(), length}, at(seconds{second}));
    dialogue.shard.on_batch_end(kLine, at(seconds{second}));
  }
}

TEST(Shard, SaysThatATapeIsHaltedWhoseIdsStartOver) {
  Dialogue dialogue{
      {{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{1'000'000}}}};
  start_ids_over(dialogue);
  EXPECT_EQ(dialogue.shard.status().tapes_restarted, 1U);
  auto const& notes = dialogue.shard.outbox().notes;
  EXPECT_TRUE(std::ranges::any_of(notes, [](Note const& note) {
    auto const* const tape = std::get_if<TapeRestarted>(&note);
    return tape != nullptr && tape->symbol == "BTCUSDT" && tape->expected == TradeId{1'000'001};
  }));
}

TEST(Shard, RestartsATapeThatIsHalted) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"),
                      .currency = "USDT",
                      .position = TradeId{1'000'000},
                      .open_gaps = {{TradeId{900'007}, TradeId{900'009}}}}}};
  start_ids_over(dialogue);
  dialogue.shard.outbox() = {};
  auto const restart =
      dialogue.shard.restart_tape(symbol("BTCUSDT"), std::nullopt, at(seconds{70}));
  ASSERT_TRUE(restart);
  EXPECT_EQ(restart->generation, 1U);
  EXPECT_EQ(restart->closed_last, TradeId{1'000'000});
  EXPECT_EQ(dialogue.shard.status().tapes_restarted, 0U);
  EXPECT_EQ(dialogue.shard.generation(SymbolIndex{0}), 1U);
  bool closed_gap = false;
  for (Note const& note : dialogue.shard.outbox().notes) {
    auto const* const gap = std::get_if<GapNoted>(&note);
    closed_gap = closed_gap || (gap != nullptr && gap->gap.state == GapState::kVenue);
  }
  EXPECT_TRUE(closed_gap);
  dialogue.trade("BTCUSDT", 80, at(seconds{71}));
  dialogue.trade("BTCUSDT", 81, at(seconds{72}));
  EXPECT_EQ(dialogue.stored(), (std::map<std::string, std::uint64_t>{{"BTCUSDT-g1", 81}}));
  ASSERT_EQ(dialogue.shelf.restarts.size(), 1U);
  EXPECT_EQ(dialogue.shelf.restarts[0].first_sequence, 1U);
  for (int second = 73; second < 200; ++second) dialogue.shard.tick(at(seconds{second}));
  EXPECT_THAT(dialogue.targets(), testing::Each(testing::Not(HasSubstr("fromId=900007"))))
      << "the old tape's gaps are closed";
}

TEST(Shard, FetchesARestartedTapeFromTheIdThatWasNamed) {
  Dialogue dialogue{
      {{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{1'000'000}}}};
  start_ids_over(dialogue);
  dialogue.shard.outbox() = {};
  ASSERT_TRUE(dialogue.shard.restart_tape(symbol("BTCUSDT"), TradeId{1}, at(seconds{70})));
  dialogue.trade("BTCUSDT", 80, at(seconds{71}));
  dialogue.shard.tick(at(seconds{72}));
  EXPECT_THAT(dialogue.targets(), testing::Contains(HasSubstr("trades?symbol=BTCUSDT")));
  EXPECT_EQ(dialogue.shard.continuity().sequencer().expected(SymbolIndex{0}), TradeId{1});
  EXPECT_THAT(dialogue.stored(), IsEmpty()) << "it waits for what is before it";
}

TEST(Shard, KeepsTheGenerationOfASymbolThatIsRemovedAndAddedAgain) {
  Dialogue dialogue{
      {{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{1'000'000}}}};
  start_ids_over(dialogue);
  ASSERT_TRUE(dialogue.shard.restart_tape(symbol("BTCUSDT"), std::nullopt, at(seconds{70})));
  dialogue.trade("BTCUSDT", 80, at(seconds{71}));
  dialogue.shard.remove_symbol(symbol("BTCUSDT"), at(seconds{72}));
  // As the reload read it at the start of the program.
  dialogue.shard.add_symbol(
      {.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{1'000'000}},
      at(seconds{73}));
  dialogue.trade("BTCUSDT", 81, at(seconds{74}));
  EXPECT_EQ(dialogue.stored(), (std::map<std::string, std::uint64_t>{{"BTCUSDT-g1", 81}}));
}

TEST(Shard, RestartsNoTapeThatRecords) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT", .position = TradeId{9}},
                     {.symbol = symbol("ETHUSDT"), .currency = "USDT"}}};
  auto const refused = [&](char const* name) {
    auto const restart = dialogue.shard.restart_tape(symbol(name), std::nullopt, at(seconds{1}));
    EXPECT_FALSE(restart);
    return restart ? std::string{} : restart.error().detail;
  };
  EXPECT_THAT(refused("BTCUSDT"),
              HasSubstr("BTCUSDT is not halted (it records and expects id 10)"));
  EXPECT_THAT(refused("ETHUSDT"), HasSubstr("not halted (it waits for its first trade)"));
  EXPECT_THAT(refused("XRPUSDT"), HasSubstr("XRPUSDT is not recorded by this stream"));
  dialogue.shard.remove_symbol(symbol("BTCUSDT"), at(seconds{2}));
  EXPECT_THAT(refused("BTCUSDT"), HasSubstr("not recorded by this stream"));
  EXPECT_TRUE(dialogue.shard.flush());
  EXPECT_THAT(dialogue.shelf.restarts, IsEmpty());
}

TEST(Shard, TakesTheDifferenceOfTheClocksOutOfTheLatency) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT"}}};
  dialogue.trade("BTCUSDT", 1, at(seconds{1}));
  EXPECT_EQ(dialogue.shard.latency().exchange_receive.sum(), seconds{1});
  dialogue.shard.set_clock_offset(milliseconds{-990});
  dialogue.trade("BTCUSDT", 2, at(seconds{1}));
  EXPECT_EQ(dialogue.shard.latency().exchange_receive.sum(), milliseconds{1010});
}

TEST(Shard, AddsASymbolOnce) {
  Dialogue dialogue{{{.symbol = symbol("BTCUSDT"), .currency = "USDT"}}};
  dialogue.shard.add_symbol({.symbol = symbol("BTCUSDT"), .currency = "USDT"}, at(seconds{2}));
  EXPECT_THAT(dialogue.texts(), IsEmpty());
}

}  // namespace
}  // namespace k2::shard
