#include "app/tape_start.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Symbol symbol(char const* name) {
  return Symbol::parse(name).value();
}

TEST(TapeStart, ReadsATimeOrHowLongAgo) {
  UtcTime const now{std::chrono::sys_days{2026y / 11 / 24}};
  EXPECT_EQ(moment(parse_since("2026-11-01T12:00:00Z").value(), now),
            std::chrono::sys_days{2026y / 11 / 1} + 12h);
  EXPECT_EQ(moment(parse_since("6h").value(), now), now - 6h);
}

TEST(TapeStart, ReadsIdsBySymbol) {
  EXPECT_THAT(parse_from_id("btcusdt=3735683259, ETHUSDT=0").value(),
              ElementsAre(Pair(symbol("BTCUSDT"), TradeId{3735683259}),
                          Pair(symbol("ETHUSDT"), TradeId{0})));
  EXPECT_THAT(parse_from_id("").value(), IsEmpty());
}

TEST(TapeStart, SaysWhatIsWrong) {
  EXPECT_THAT(parse_since("yesterday").error().detail, HasSubstr("2026-11-01T12:00:00Z"));
  EXPECT_THAT(parse_since("-6h").error().detail, HasSubstr("'-6h' is neither"));
  EXPECT_EQ(parse_from_id("12").error().detail, "'12' is not SYMBOL=ID (BTCUSDT=3735683259)");
  EXPECT_EQ(parse_from_id("BTCUSDT=-1").error().detail, "'BTCUSDT=-1': '-1' is no trade id");
  EXPECT_EQ(parse_from_id("BTCUSDT=").error().detail, "'BTCUSDT=': '' is no trade id");
  EXPECT_EQ(parse_from_id("BTCUSDT=1x").error().detail, "'BTCUSDT=1x': '1x' is no trade id");
  EXPECT_EQ(parse_from_id("BTCUSDT=18446744073709551615").error().detail,
            "'BTCUSDT=18446744073709551615': '18446744073709551615' is no trade id");
  EXPECT_EQ(parse_from_id("BTCUSDT=1,btcusdt=2").error().detail, "'BTCUSDT' is named twice");
}

}  // namespace
}  // namespace k2::app
