#include "tools/verify/id_set.hpp"

#include "core/rng.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace k2::verify {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

TEST(RunSet, JoinsNeighbours) {
  RunSet set;
  for (std::uint64_t const number : {5U, 3U, 9U, 4U, 4U, 10U}) set.add(number);
  EXPECT_THAT(set.runs(), ElementsAre(Pair(3, 5), Pair(9, 10)));
}

TEST(RunSet, HoldsWhatAPlainSetHolds) {
  Rng rng{7};
  RunSet runs;
  std::set<std::uint64_t> plain;
  for (int round = 0; round < 2'000; ++round) {
    auto const number = rng.below(3'000);
    runs.add(number);
    plain.insert(number);
  }
  for (std::uint64_t number = 0; number < 3'001; ++number) {
    ASSERT_EQ(runs.contains(number), plain.contains(number)) << number;
  }
}

TEST(Defect, CountsAllAndKeepsTheFirstFew) {
  Defect defect;
  for (std::uint64_t id = 0; id < 100; id += 2) defect.add(TradeId{id});
  EXPECT_EQ(defect.count(), 50U);
  EXPECT_EQ(defect.examples().size(), Defect::kExamplesMax);
}

TEST(Defect, JoinsNeighbours) {
  Defect defect;
  defect.add(TradeId{7});
  defect.add(ids(8, 11));
  defect.add(TradeId{13});
  EXPECT_THAT(defect.examples(), ElementsAre(ids(7, 11), ids(13, 13)));
}

TEST(SplitBy, DividesAtTheBordersOfItsCovers) {
  Defect outside;
  Defect inside;
  std::vector const covers{ids(1, 4), ids(10, 12), ids(11, 13), ids(20, 30)};
  split_by(covers, ids(5, 25), outside, inside);
  EXPECT_THAT(outside.examples(), ElementsAre(ids(5, 9), ids(14, 19)));
  EXPECT_THAT(inside.examples(), ElementsAre(ids(10, 13), ids(20, 25)));
}

TEST(SplitBy, LeavesAllOutsideWithoutCovers) {
  Defect outside;
  Defect inside;
  split_by({}, ids(5, 6), outside, inside);
  EXPECT_THAT(outside.examples(), ElementsAre(ids(5, 6)));
  EXPECT_THAT(inside.examples(), IsEmpty());
}

}  // namespace
}  // namespace k2::verify
