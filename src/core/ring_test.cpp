#include "core/ring.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace k2 {
namespace {

TEST(Ring, KeepsOrderAcrossItsSeam) {
  Ring<int> ring{3};
  for (int round = 0; round < 10; ++round) {
    EXPECT_TRUE(ring.push(round));
    EXPECT_TRUE(ring.push(round + 100));
    EXPECT_EQ(ring[1], round + 100);
    EXPECT_EQ(ring.front(), round);
    ring.pop();
    EXPECT_EQ(ring.front(), round + 100);
    ring.pop();
  }
  EXPECT_TRUE(ring.empty());
}

TEST(Ring, RefusesWhatDoesNotFitAndKeepsTheRest) {
  Ring<int> ring{2};
  EXPECT_TRUE(ring.push(1));
  EXPECT_TRUE(ring.push(2));
  EXPECT_FALSE(ring.push(3));
  EXPECT_TRUE(ring.full());
  EXPECT_EQ(ring.front(), 1);
  EXPECT_EQ(ring.size(), 2U);
}

TEST(Ring, LetsGoOfWhatWasPopped) {
  Ring<std::shared_ptr<int>> ring{2};
  auto const owner = std::make_shared<int>(1);
  EXPECT_TRUE(ring.push(owner));
  ring.pop();
  EXPECT_EQ(owner.use_count(), 1);
}

TEST(Ring, StopsOnMisuse) {
  Ring<int> ring{1};
  EXPECT_DEATH(ring.pop(), "assertion failed");
  EXPECT_DEATH((void)ring.front(), "assertion failed");
}

}  // namespace
}  // namespace k2
