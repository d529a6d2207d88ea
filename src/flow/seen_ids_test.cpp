#include "flow/seen_ids.hpp"

#include <gtest/gtest.h>

namespace k2::flow {
namespace {

IdRange range(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

/// Marks ids first..last, growing where it must.
void mark(SeenIds& seen, std::uint64_t first, std::uint64_t last) {
  for (std::uint64_t id = first; id <= last; ++id) {
    if (!seen.holds(TradeId{id})) seen.grow_to(TradeId{id});
    EXPECT_TRUE(seen.mark(TradeId{id})) << id;
  }
}

TEST(SeenIds, HoldsNothingBeforeItHasGrown) {
  SeenIds seen;
  seen.begin(TradeId{1'000});
  EXPECT_FALSE(seen.mark(TradeId{1'000}));
  EXPECT_FALSE(seen.contains(TradeId{1'000}));
  EXPECT_EQ(seen.count(range(900, 2'000)), 0U);
  EXPECT_EQ(seen.bytes_to_hold(TradeId{1'000}), 64U);
}

TEST(SeenIds, MarksAnIdOnce) {
  SeenIds seen;
  seen.begin(TradeId{70});
  seen.grow_to(TradeId{70});
  EXPECT_TRUE(seen.mark(TradeId{70}));
  EXPECT_FALSE(seen.mark(TradeId{70}));
  EXPECT_TRUE(seen.contains(TradeId{70}));
  EXPECT_FALSE(seen.contains(TradeId{71}));
}

TEST(SeenIds, CountsTheIdsOfARange) {
  SeenIds seen;
  seen.begin(TradeId{100});
  mark(seen, 100, 163);
  mark(seen, 170, 300);
  EXPECT_EQ(seen.count(range(100, 300)), 64U + 131U);
  EXPECT_EQ(seen.count(range(163, 170)), 2U);
  EXPECT_EQ(seen.count(range(164, 169)), 0U);
  EXPECT_EQ(seen.count(range(128, 128)), 1U);
  EXPECT_EQ(seen.count(range(290, 1'000'000'000'000)), 11U);
}

TEST(SeenIds, NamesTheFirstRunThatIsMissing) {
  SeenIds seen;
  seen.begin(TradeId{100});
  mark(seen, 100, 163);
  mark(seen, 170, 300);
  EXPECT_EQ(seen.first_missing(range(100, 163)), std::nullopt);
  EXPECT_EQ(seen.first_missing(range(100, 300)), range(164, 169));
  EXPECT_EQ(seen.first_missing(range(166, 300)), range(166, 169));
  EXPECT_EQ(seen.first_missing(range(299, 5'000'000'000)), range(301, 5'000'000'000));
}

TEST(SeenIds, KeepsItsMemoryWhileItMovesOn) {
  SeenIds seen;
  seen.begin(TradeId{0});
  for (std::uint64_t id = 0; id < 100'000; ++id) {
    if (!seen.holds(TradeId{id})) seen.grow_to(TradeId{id});
    EXPECT_TRUE(seen.mark(TradeId{id}));
    if (id % 200 == 199) {
      EXPECT_EQ(seen.count({TradeId{id - 199}, TradeId{id}}), 200U);
      seen.forget_below(TradeId{id + 1});
    }
  }
  EXPECT_EQ(seen.bytes(), 64U);
}

TEST(SeenIds, KeepsWhatItHoldsWhenItGrows) {
  SeenIds seen;
  seen.begin(TradeId{0});
  mark(seen, 0, 500);
  seen.forget_below(TradeId{450});
  mark(seen, 501, 3'000);
  EXPECT_EQ(seen.first(), TradeId{450});
  EXPECT_EQ(seen.first_missing(range(450, 3'000)), std::nullopt);
  EXPECT_EQ(seen.count(range(450, 3'000)), 2'551U);
}

TEST(SeenIds, ForgetsBeyondWhatItHolds) {
  SeenIds seen;
  seen.begin(TradeId{0});
  mark(seen, 0, 100);
  seen.forget_below(TradeId{1'000'000});
  EXPECT_EQ(seen.count(range(0, 1'000'100)), 0U);
  mark(seen, 1'000'000, 1'000'010);
  EXPECT_EQ(seen.count(range(1'000'000, 1'000'010)), 11U);
}

}  // namespace
}  // namespace k2::flow
