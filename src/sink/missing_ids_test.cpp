#include "sink/missing_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

TEST(MissingIds, AreRepairedFromTheFrontOrFromTheMiddle) {
  MissingIds missing;
  missing.add(ids(10, 14));
  missing.add(ids(20, 20));
  EXPECT_TRUE(missing.take(TradeId{10}));
  EXPECT_FALSE(missing.take(TradeId{10}));
  EXPECT_FALSE(missing.take(TradeId{15}));
  EXPECT_TRUE(missing.take(TradeId{12}));
  EXPECT_THAT(missing.ranges(), ElementsAre(ids(11, 11), ids(13, 14), ids(20, 20)));
  EXPECT_TRUE(missing.take(TradeId{20}));
  EXPECT_TRUE(missing.take(TradeId{14}));
  EXPECT_THAT(missing.ranges(), ElementsAre(ids(11, 11), ids(13, 13)));
}

TEST(MissingIds, GrowOnlyAtTheEndAndByWhatIsARange) {
  MissingIds missing;
  missing.add(ids(10, 14));
  missing.add(ids(12, 18));
  missing.add(ids(21, 20));
  EXPECT_THAT(missing.ranges(), ElementsAre(ids(10, 14)));
}

TEST(MissingIds, AreClosedInPieces) {
  MissingIds missing;
  missing.add(ids(10, 19));
  EXPECT_FALSE(missing.close(ids(20, 30)));
  EXPECT_TRUE(missing.close(ids(0, 11)));
  EXPECT_TRUE(missing.close(ids(14, 15)));
  EXPECT_THAT(missing.ranges(), ElementsAre(ids(12, 13), ids(16, 19)));
  EXPECT_TRUE(missing.close(ids(0, 100)));
  EXPECT_THAT(missing.ranges(), IsEmpty());
}

TEST(MissingIds, AreTrimmedFromTheOldestOnUntilTheyFit) {
  MissingIds missing;
  for (std::uint64_t at = 0; at < MissingIds::kRangesMax; ++at)
    missing.add(ids(at * 4, at * 4 + 2));
  EXPECT_EQ(missing.trim(), std::nullopt);
  missing.add(ids(10'000, 10'001));
  EXPECT_TRUE(missing.close(ids(9, 9)));  // it splits a range
  EXPECT_EQ(missing.trim(), ids(0, 2));
  EXPECT_EQ(missing.trim(), ids(4, 6));
  EXPECT_EQ(missing.trim(), std::nullopt);
  EXPECT_EQ(missing.ranges().size(), MissingIds::kRangesMax);
  EXPECT_EQ(missing.ranges().front(), ids(8, 8));
  EXPECT_EQ(missing.ranges().back(), ids(10'000, 10'001));
}

}  // namespace
}  // namespace k2::sink
