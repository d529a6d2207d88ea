#include "flow/candle_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr SymbolIndex kBtc{0};
constexpr UtcTime kNoon{seconds{1'700'000'040}};

MonoTime at(std::chrono::nanoseconds since_start) {
  return MonoTime{std::chrono::hours{1}} + since_start;
}

/// One symbol whose tape has seen id 100, with 50 trades from lines.
struct Candles {
  Candles() { ids.add_symbol(); }
  void names(std::uint64_t last, std::chrono::nanoseconds when) {
    ids.on_candle(kBtc, kNoon, false, TradeId{last}, tape, at(when));
  }
  void minute(int minute, bool closed, std::optional<std::uint64_t> last) {
    std::optional<TradeId> id;
    if (last) id = TradeId{*last};
    ids.on_candle(kBtc, kNoon + minutes{minute}, closed, id, tape, at({}));
  }
  /// A line brought a trade of the symbol.
  void trade(std::uint64_t id, std::chrono::nanoseconds when) {
    tape = {TradeId{id}, tape.from_lines + 1};
    line_at = at(when);
  }
  /// A line brought a trade of another symbol.
  void other_trade(std::chrono::nanoseconds when) { line_at = at(when); }
  std::vector<CandleIds::Lacked> found_at(std::chrono::nanoseconds when) {
    ids.tick(at(when), line_at, [this](SymbolIndex) { return std::optional{tape}; });
    return std::exchange(ids.lacked(), {});
  }

  CandleIds ids;
  CandleIds::Tape tape{TradeId{100}, 50};
  MonoTime line_at = at({});
};

TEST(CandleIds, FindADeadStreamASecondAfterTheCandleThatProvesIt) {
  Candles candles;
  candles.names(103, seconds{10});
  EXPECT_EQ(candles.ids.next_deadline(), at(seconds{11}));
  candles.other_trade(milliseconds{10'500});
  EXPECT_THAT(candles.found_at(milliseconds{10'999}), IsEmpty());
  auto const found = candles.found_at(seconds{11});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].id, TradeId{103});
  EXPECT_TRUE(found[0].stream_is_dead);
  EXPECT_EQ(candles.ids.next_deadline(), MonoTime::max());
}

TEST(CandleIds, SayNothingOfAnIdThatTheTapeHasOrGetsInTime) {
  Candles candles;
  candles.names(100, seconds{10});
  EXPECT_EQ(candles.ids.next_deadline(), MonoTime::max());
  candles.names(101, seconds{12});
  candles.trade(101, milliseconds{12'900});
  EXPECT_THAT(candles.found_at(seconds{13}), IsEmpty());
  EXPECT_EQ(candles.ids.next_deadline(), MonoTime::max());
}

TEST(CandleIds, BlameTheConnectionForThreeSecondsWhenItBringsNothingAtAll) {
  Candles candles;
  candles.names(103, seconds{10});
  EXPECT_THAT(candles.found_at(seconds{11}), IsEmpty());
  EXPECT_EQ(candles.ids.next_deadline(), at(milliseconds{11'250})) << "not the same moment again";
  EXPECT_THAT(candles.found_at(milliseconds{12'999}), IsEmpty());
  auto const found = candles.found_at(seconds{13});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_TRUE(found[0].stream_is_dead);
}

TEST(CandleIds, FindALostFrameOfAStreamThatLivesAfterThreeSeconds) {
  Candles candles;
  candles.names(103, seconds{10});
  candles.trade(102, milliseconds{10'100});
  EXPECT_THAT(candles.found_at(seconds{12}), IsEmpty());
  auto const found = candles.found_at(seconds{13});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].id, TradeId{103});
  EXPECT_FALSE(found[0].stream_is_dead);
}

TEST(CandleIds, LookForTheNewestIdThatCameWhileAnotherWasWaitedFor) {
  Candles candles;
  candles.names(101, seconds{10});
  candles.names(102, milliseconds{10'200});
  candles.names(103, milliseconds{10'400});
  candles.trade(101, milliseconds{10'500});
  candles.other_trade(milliseconds{10'600});
  EXPECT_THAT(candles.found_at(seconds{11}), IsEmpty());
  candles.other_trade(milliseconds{13'200});
  auto const found = candles.found_at(milliseconds{13'400});
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].id, TradeId{103});
}

TEST(CandleIds, KnowNothingOfASymbolThatWasForgotten) {
  Candles candles;
  candles.names(103, seconds{10});
  candles.ids.forget(kBtc);
  EXPECT_THAT(candles.found_at(seconds{20}), IsEmpty());
  EXPECT_EQ(candles.ids.newest(kBtc), std::nullopt);
}

TEST(CandleIds, ProveTheNewestIdAlsoThroughMinutesWithoutTrades) {
  Candles candles;
  candles.minute(0, true, 100);
  candles.minute(1, true, {});
  candles.minute(2, false, {});
  EXPECT_EQ(candles.ids.newest(kBtc), TradeId{100});
  candles.minute(2, false, 104);
  EXPECT_EQ(candles.ids.newest(kBtc), TradeId{104});
  candles.minute(1, true, 99);
  EXPECT_EQ(candles.ids.newest(kBtc), TradeId{104}) << "a candle of a connection that is behind";
}

TEST(CandleIds, ProveNothingBehindAMinuteOfWhichTheEndIsNotKnown) {
  Candles candles;
  candles.minute(0, false, 100);
  candles.minute(1, true, {});
  EXPECT_EQ(candles.ids.newest(kBtc), std::nullopt);
  candles.minute(2, true, 101);
  candles.minute(4, true, {});
  EXPECT_EQ(candles.ids.newest(kBtc), std::nullopt) << "minute 3 never came";
}

}  // namespace
}  // namespace k2::flow
