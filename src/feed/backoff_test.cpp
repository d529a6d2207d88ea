#include "feed/backoff.hpp"

#include <gtest/gtest.h>

namespace k2::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

TEST(Backoff, TriesAtOnceAndThenLaterAndLaterUpToTheCap) {
  Backoff backoff{{.base = milliseconds{1'000}, .cap = milliseconds{8'000}}, Rng{1}};
  EXPECT_EQ(backoff.next(), milliseconds{0});
  milliseconds const ceilings[] = {milliseconds{1'000}, milliseconds{2'000}, milliseconds{4'000},
                                   milliseconds{8'000}, milliseconds{8'000}};
  for (auto const ceiling : ceilings) EXPECT_LE(backoff.next(), ceiling);
}

TEST(Backoff, NeverGivesUpAndUsesTheWholeRange) {
  Backoff backoff{{.base = milliseconds{1'000}, .cap = milliseconds{8'000}}, Rng{2}};
  milliseconds longest{0};
  milliseconds shortest{8'000};
  for (int attempt = 0; attempt < 10'000; ++attempt) {
    auto const wait = backoff.next();
    if (attempt < 5) continue;
    longest = std::max(longest, wait);
    shortest = std::min(shortest, wait);
  }
  EXPECT_GT(longest, milliseconds{7'900});
  EXPECT_LE(longest, milliseconds{8'000});
  EXPECT_LT(shortest, milliseconds{100});
}

TEST(Backoff, StartsOverOnceAConnectionProvedItself) {
  Backoff backoff{{}, Rng{3}};
  for (int attempt = 0; attempt < 5; ++attempt) (void)backoff.next();
  backoff.reset();
  EXPECT_EQ(backoff.next(), milliseconds{0});
}

TEST(ConnectBudget, AllowsNoMoreThanItsNumberInAnyWindow) {
  ConnectBudget budget{2, minutes{5}};
  MonoTime const start{seconds{100}};
  budget.spend(start);
  budget.spend(start + seconds{10});
  EXPECT_EQ(budget.free_at(start + seconds{20}), start + minutes{5});
  budget.spend(start + minutes{5});
  EXPECT_EQ(budget.free_at(start + minutes{5}), start + seconds{10} + minutes{5});
}

}  // namespace
}  // namespace k2::feed
