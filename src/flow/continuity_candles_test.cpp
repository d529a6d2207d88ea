// Continuity and the exchange's candles: dead streams, and proofs that nothing is missing.
#include "flow/continuity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

Now at(std::chrono::nanoseconds since_start) {
  return {MonoTime{seconds{100}} + since_start,
          UtcTime{seconds{1'700'000'040}} +
              std::chrono::duration_cast<std::chrono::microseconds>(since_start)};
}

Trade trade(std::uint64_t id, SymbolIndex symbol = kBtc, Origin origin = Origin::kStream) {
  Trade made;
  made.symbol = symbol;
  made.id = TradeId{id};
  made.origin = origin;
  return made;
}

std::vector<Trade> rows(std::uint64_t first, std::uint64_t last) {
  std::vector<Trade> made;
  for (std::uint64_t id = first; id <= last; ++id) made.push_back(trade(id, kBtc, Origin::kRest));
  return made;
}

ContinuityOptions audited() {
  ContinuityOptions options;
  options.audit.enabled = true;
  options.quiet.look_at_start = false;
  return options;
}

/// Two symbols whose tapes are at 9.
struct Dialogue {
  explicit Dialogue(ContinuityOptions const& options = audited()) : continuity(options) {
    continuity.add_symbol(kBtc, TradeId{9}, {}, at({}).mono);
    continuity.add_symbol(kEth, TradeId{9}, {}, at({}).mono);
  }
  std::vector<RestRequest> tick(std::chrono::nanoseconds now) {
    std::vector<RestRequest> requests;
    continuity.tick(at(now), requests);
    return requests;
  }
  /// The candle of the minute that holds this moment names ids up to this one.
  void candle(std::uint64_t last, std::chrono::nanoseconds now) {
    continuity.on_kline({kBtc, std::chrono::floor<minutes>(at(now).utc),
                         IdRange{TradeId{10}, TradeId{last}}, last - 9, false},
                        at(now));
  }
  Continuity continuity;
};

TEST(ContinuityCandles, AskAndReplaceTheLineASecondAfterACandleProvesThatAStreamIsMute) {
  Dialogue dialogue;
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  dialogue.candle(13, seconds{2});
  EXPECT_EQ(dialogue.continuity.next_deadline(), MonoTime::min());
  EXPECT_THAT(dialogue.tick(seconds{2}), IsEmpty());
  dialogue.continuity.on_trade(trade(10, kEth), at(milliseconds{2'500}).mono);
  EXPECT_EQ(dialogue.continuity.next_deadline(), at(seconds{3}).mono);
  EXPECT_THAT(dialogue.tick(seconds{3}), IsEmpty());
  EXPECT_THAT(dialogue.continuity.dead_streams(), ElementsAre(kBtc));
  auto const asked = dialogue.tick(milliseconds{3'100});
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].symbol, kBtc);
  dialogue.continuity.on_rest_rows(asked[0].id, rows(1, 15), at(milliseconds{3'300}));
  EXPECT_EQ(dialogue.continuity.sequencer().expected(kBtc), TradeId{16});
  EXPECT_EQ(dialogue.continuity.holes(), 1U) << "until the next tick";
}

TEST(ContinuityCandles, DoNotCallALostFrameADeadStream) {
  Dialogue dialogue;
  dialogue.continuity.remove_symbol(kEth);
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  dialogue.candle(12, seconds{2});
  dialogue.continuity.on_trade(trade(11), at(milliseconds{2'100}).mono);
  for (auto now = milliseconds{2'100}; now < seconds{5}; now += milliseconds{100}) {
    EXPECT_THAT(dialogue.tick(now), IsEmpty());
  }
  (void)dialogue.tick(seconds{5});
  EXPECT_THAT(dialogue.tick(milliseconds{5'100}), SizeIs(1));
  EXPECT_THAT(dialogue.continuity.dead_streams(), IsEmpty());
}

TEST(ContinuityCandles, ProveThatNothingIsMissingAndSaveTheProbe) {
  Dialogue dialogue;
  dialogue.continuity.remove_symbol(kEth);
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  dialogue.candle(10, seconds{2});
  for (auto now = seconds{2}; now < seconds{92}; now += seconds{1}) {
    EXPECT_THAT(dialogue.tick(now), IsEmpty()) << now.count();
  }
  EXPECT_THAT(dialogue.tick(seconds{92}), SizeIs(1)) << "no candle came any more";
}

TEST(ContinuityCandles, ProveNothingOfATapeThatIsBehindThem) {
  Dialogue dialogue;
  dialogue.continuity.remove_symbol(kEth);
  dialogue.candle(11, seconds{2});
  EXPECT_THAT(dialogue.tick(seconds{4}), IsEmpty());
  EXPECT_THAT(dialogue.tick(seconds{5}), IsEmpty());
  auto const asked = dialogue.tick(milliseconds{5'100});
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_LT(static_cast<std::uint64_t>(asked[0].id), std::uint64_t{1} << 63) << "no probe";
}

TEST(ContinuityCandles, ProveNothingOnceTheLineCameUpAgain) {
  Dialogue dialogue;
  dialogue.continuity.remove_symbol(kEth);
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  dialogue.candle(10, seconds{2});
  EXPECT_THAT(dialogue.tick(seconds{2}), IsEmpty());
  dialogue.continuity.on_line_up(at(seconds{10}).mono);
  EXPECT_THAT(dialogue.tick(seconds{11}), IsEmpty());
  EXPECT_THAT(dialogue.tick(seconds{12}), SizeIs(1));
}

}  // namespace
}  // namespace k2::flow
