#include "app/gap_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

constexpr UtcTime kNow{seconds{1'700'000'000}};

sink::DeclaredGap gap(char const* symbol, std::uint64_t first, std::uint64_t last, GapState state) {
  return {symbol, {TradeId{first}, TradeId{last}}, "because", state, kNow - seconds{3'725}};
}

TEST(GapTable, JoinsNeighboursOfOneKind) {
  std::vector<sink::DeclaredGap> const gaps{
      gap("BTCUSDT", 10, 19, GapState::kRepaired), gap("BTCUSDT", 20, 29, GapState::kRepaired),
      gap("BTCUSDT", 30, 39, GapState::kOpen), gap("BTCUSDT", 41, 45, GapState::kOpen),
      gap("ETHUSDT", 46, 49, GapState::kOpen)};
  auto const selected = select_gaps(gaps, {});
  ASSERT_THAT(selected, SizeIs(4));
  EXPECT_EQ(selected[0], gap("BTCUSDT", 10, 29, GapState::kRepaired));
  EXPECT_EQ(selected[1], gap("BTCUSDT", 30, 39, GapState::kOpen));
}

TEST(GapTable, SelectsBySymbolAndState) {
  std::vector<sink::DeclaredGap> const gaps{gap("BTCUSDT", 10, 19, GapState::kRepaired),
                                            gap("BTCUSDT", 20, 29, GapState::kOpen),
                                            gap("ETHUSDT", 46, 49, GapState::kOpen)};
  EXPECT_THAT(select_gaps(gaps, {.symbol = "BTCUSDT", .state = {}}), SizeIs(2));
  EXPECT_THAT(select_gaps(gaps, {.symbol = "BTCUSDT", .state = GapState::kOpen}), SizeIs(1));
  EXPECT_THAT(select_gaps(gaps, {.symbol = {}, .state = GapState::kVenue}), SizeIs(0));
}

TEST(GapTable, ShowsEachGenerationOfATape) {
  std::vector<sink::DeclaredGap> const gaps{gap("BTCUSDT", 10, 19, GapState::kVenue),
                                            gap("BTCUSDT-g1", 20, 29, GapState::kVenue)};
  auto const selected = select_gaps(gaps, {.symbol = "BTCUSDT", .state = {}});
  EXPECT_THAT(selected, SizeIs(2)) << "ids of different tapes are no neighbours";
  EXPECT_THAT(gap_table(selected, kNow), HasSubstr("BTCUSDT-g1 "));
  auto const json = gaps_json(selected, kNow);
  EXPECT_THAT(json, HasSubstr("\"symbol\": \"BTCUSDT\",\n      \"tape_generation\": 1,"));
}

TEST(GapTable, TellsAnAgeInItsTwoLargestUnits) {
  EXPECT_EQ(age_text(seconds{0}), "0 s");
  EXPECT_EQ(age_text(seconds{45}), "45 s");
  EXPECT_EQ(age_text(seconds{60}), "1 min");
  EXPECT_EQ(age_text(seconds{3'725}), "1 h 2 min");
  EXPECT_EQ(age_text(seconds{86'400 * 12 + 59}), "12 d");
}

TEST(GapTable, ShowsALineAGapAndWhatIsStillOpen) {
  std::vector<sink::DeclaredGap> const gaps{gap("BTCUSDT", 10, 19, GapState::kRepaired),
                                            gap("ETHUSDT", 1'000, 2'999, GapState::kOpen)};
  auto const table = gap_table(gaps, kNow);
  EXPECT_THAT(table, testing::ContainsRegex("ETHUSDT +1000 +2999 +2,000 +open +2023-11-14T21:11:15"
                                            ".* 1 h 2 min +because\n"));
  EXPECT_THAT(table, HasSubstr("2 rows, 2,000 ids still open\n"));
  EXPECT_EQ(gap_table({}, kNow), "no declared gaps\n");
}

TEST(GapTable, WritesJsonForPrograms) {
  std::vector<sink::DeclaredGap> const gaps{gap("BTCUSDT", 10, 19, GapState::kVenue)};
  EXPECT_EQ(gaps_json(gaps, kNow), R"({
  "gaps": [
    {
      "symbol": "BTCUSDT",
      "tape_generation": 0,
      "first": 10,
      "last": 19,
      "ids": 10,
      "state": "venue",
      "why": "because",
      "declared_at": 1699996275000000,
      "age_seconds": 3725
    }
  ]
}
)");
  EXPECT_EQ(gaps_json({}, kNow), "{\n  \"gaps\": []\n}\n");
}

}  // namespace
}  // namespace k2::app
