#include "feed/overlap.hpp"

#include <gtest/gtest.h>

namespace k2::feed {
namespace {

constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

struct Side : Overlap {
  Side() {
    begin();
    judge();
  }
};

TEST(Overlap, ProvesNothingWithoutData) {
  Side overlap;
  EXPECT_FALSE(overlap.proven());
  overlap.seen_on_old(kBtc, TradeId{5});
  EXPECT_FALSE(overlap.proven());
}

TEST(Overlap, IsProvenWhenTheOldLineReachesTheNewOnesFirstId) {
  Side overlap;
  overlap.seen_on_old(kBtc, TradeId{5});
  overlap.seen_on_new(kBtc, TradeId{7});
  EXPECT_FALSE(overlap.proven()) << "6 may be on neither";
  overlap.seen_on_old(kBtc, TradeId{6});
  EXPECT_FALSE(overlap.proven());
  overlap.seen_on_old(kBtc, TradeId{7});
  EXPECT_TRUE(overlap.proven());
}

TEST(Overlap, WantsEverySymbolThatTradedOnTheOldLine) {
  Side overlap;
  overlap.seen_on_new(kBtc, TradeId{5});
  overlap.seen_on_old(kBtc, TradeId{5});
  EXPECT_TRUE(overlap.proven());
  overlap.seen_on_old(kEth, TradeId{9});
  EXPECT_FALSE(overlap.proven());
  overlap.seen_on_new(kEth, TradeId{9});
  EXPECT_TRUE(overlap.proven());
}

TEST(Overlap, NeedsOnlyDataWhenTheOldLineIsSilent) {
  Side overlap;
  overlap.seen_on_new(kEth, TradeId{9});
  EXPECT_TRUE(overlap.proven());
}

TEST(Overlap, StartsOverWithEachPairOfLines) {
  Side overlap;
  overlap.seen_on_new(kBtc, TradeId{5});
  overlap.seen_on_old(kEth, TradeId{5});
  overlap.begin();
  overlap.judge();
  EXPECT_FALSE(overlap.delivers());
  overlap.seen_on_new(kBtc, TradeId{6});
  EXPECT_TRUE(overlap.proven());
}

}  // namespace
}  // namespace k2::feed
