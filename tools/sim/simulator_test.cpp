#include "tools/sim/simulator.hpp"

#include "tools/sim/generator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;

constexpr UtcTime kStart{1'700'000'000s};
constexpr SessionId kAnna{1};

Now at(std::chrono::nanoseconds since) {
  return {MonoTime{since}, kStart + std::chrono::floor<std::chrono::microseconds>(since)};
}

GeneratorOptions minute_of(double rate) {
  GeneratorOptions options;
  options.symbols = {Symbol::parse("BTCUSDT").value(), Symbol::parse("ETHUSDT").value()};
  options.rate = rate;
  options.seed = 7;
  options.start = kStart;
  options.duration = 60s;
  return options;
}

// A simulator that a test drives by hand through a minute of trades.
class SimulatorDialogue : public testing::Test {
 protected:
  void start(SimulatorOptions options) {
    options.keep_ledger = true;
    options.start_when_subscribed = 1;
    source_.emplace(minute_of(100), symbols_);
    simulator_.emplace(options, symbols_, *source_);
    simulator_->opened(kAnna,
                       parse_stream_target("/stream?streams=btcusdt@trade/ethusdt@trade").value(),
                       at(0s), actions_);
  }
  // Publishes all that is due and counts the frames that go out.
  std::size_t publish_until(std::chrono::nanoseconds now) {
    std::size_t frames = 0;
    do {
      for (Action const& action : actions_) frames += std::holds_alternative<SendText>(action);
      actions_.clear();
    } while (simulator_->publish_next(at(now), actions_));
    return frames;
  }
  [[nodiscard]] std::size_t ledger_lines() {
    return static_cast<std::size_t>(std::ranges::count(simulator_->ledger(), '\n'));
  }

  SymbolTable symbols_;
  std::optional<Generator> source_;
  std::optional<Simulator> simulator_;
  Actions actions_;
};

TEST_F(SimulatorDialogue, PublishesAtTheRecordedPace) {
  start(SimulatorOptions{});
  std::size_t const half = publish_until(30s);
  EXPECT_GT(half, 2500U);
  EXPECT_LT(half, 3500U);
  ASSERT_TRUE(simulator_->next_deadline());
  EXPECT_EQ(*simulator_->next_deadline(), MonoTime{20s});  // the ping
  publish_until(61s);
  EXPECT_TRUE(simulator_->finished());
}

TEST_F(SimulatorDialogue, PublishesEverythingAtOnceWhenAsFastAsPossible) {
  SimulatorOptions options;
  options.speed.reset();
  start(options);
  std::size_t const frames = publish_until(0s);
  EXPECT_TRUE(simulator_->finished());
  EXPECT_EQ(frames, simulator_->trades_published());
  EXPECT_EQ(ledger_lines(), frames);
}

TEST_F(SimulatorDialogue, WaitsForItsSubscribers) {
  SimulatorOptions options;
  options.start_when_subscribed = 1;
  source_.emplace(minute_of(100), symbols_);
  simulator_.emplace(options, symbols_, *source_);
  simulator_->tick(at(10s), actions_);
  EXPECT_FALSE(simulator_->publish_next(at(10s), actions_));
  EXPECT_EQ(simulator_->trades_published(), 0U);
}

TEST_F(SimulatorDialogue, ALostFrameIsPublishedAllTheSame) {
  SimulatorOptions options;
  options.speed.reset();
  options.faults = {parse_fault("lose at-trade=100 frames=40").value()};
  start(options);
  std::size_t const frames = publish_until(0s);
  EXPECT_EQ(frames + 40, simulator_->trades_published());
  EXPECT_EQ(ledger_lines(), simulator_->trades_published());
  auto const reply =
      simulator_->answer({"GET", "/api/v3/trades?symbol=BTCUSDT&limit=1000", "c", ""}, at(0s));
  EXPECT_EQ(std::ranges::count(reply.body, '{'), 1000);
}

TEST_F(SimulatorDialogue, ADropComesRightBehindItsTrade) {
  SimulatorOptions options;
  options.speed.reset();
  options.faults = {parse_fault("drop at-trade=100").value()};
  start(options);
  std::size_t frames = 0;
  bool dropped = false;
  while (!dropped && simulator_->publish_next(at(0s), actions_)) {
    for (Action const& action : actions_) {
      frames += std::holds_alternative<SendText>(action);
      dropped = dropped || action == Action{DropSession{kAnna, DropKind::kReset}};
    }
    actions_.clear();
  }
  EXPECT_EQ(frames, 100U);
}

TEST_F(SimulatorDialogue, RestIsCutWhileItIsDown) {
  SimulatorOptions options;
  options.faults = {parse_fault("rest-down at=1s for=2s").value(),
                    parse_fault("rest-down at=5s for=1s status=503").value()};
  start(options);
  RestRequest const ping{"GET", "/api/v3/ping", "c", ""};
  EXPECT_FALSE(simulator_->answer(ping, at(0s)).cut);
  simulator_->tick(at(1s), actions_);
  EXPECT_TRUE(simulator_->answer(ping, at(1s)).cut);
  EXPECT_FALSE(simulator_->answer(ping, at(3s)).cut);
  simulator_->tick(at(5s), actions_);
  EXPECT_EQ(simulator_->answer(ping, at(5s)).status, 503U);
}

TEST_F(SimulatorDialogue, TheSameSeedGivesTheSameLedger) {
  SimulatorOptions options;
  options.speed.reset();
  start(options);
  publish_until(0s);
  std::string const first = simulator_->ledger();
  simulator_.reset();
  symbols_ = SymbolTable{};
  start(options);
  publish_until(0s);
  EXPECT_EQ(simulator_->ledger(), first);
  EXPECT_FALSE(first.empty());
}

TEST(Generator, IdsAreDenseAndTimesNeverRunBackwards) {
  SymbolTable symbols;
  Generator generator{minute_of(1000), symbols};
  std::vector<std::uint64_t> last(2);
  UtcTime time{};
  Publication publication;
  std::uint64_t count = 0;
  for (; generator.next(publication); ++count) {
    std::uint64_t& id = last[value(publication.symbol)];
    if (id != 0) EXPECT_EQ(value(publication.trade.id), id + 1);
    id = value(publication.trade.id);
    EXPECT_GE(publication.trade.traded_at, time);
    EXPECT_GT(publication.trade.price.mantissa(), 0);
    EXPECT_GT(publication.trade.quantity.mantissa(), 0);
    time = publication.trade.traded_at;
  }
  EXPECT_NEAR(static_cast<double>(count), 60'000.0, 1'500.0);
}

TEST(Generator, ABurstRaisesTheRate) {
  auto options = minute_of(100);
  options.burst = {10s, 1s, 20};
  SymbolTable symbols;
  Generator generator{options, symbols};
  Publication publication;
  std::uint64_t in_bursts = 0;
  std::uint64_t between = 0;
  while (generator.next(publication)) {
    auto const since = publication.trade.traded_at - kStart;
    ++(since % 10s < 1s ? in_bursts : between);
  }
  EXPECT_NEAR(static_cast<double>(in_bursts), 12'000.0, 1'000.0);
  EXPECT_NEAR(static_cast<double>(between), 5'400.0, 500.0);
}

}  // namespace
}  // namespace k2::sim
