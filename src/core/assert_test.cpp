#include "core/assert.hpp"

#include <gtest/gtest.h>

TEST(Assert, StopsTheProcessAndNamesTheCondition) {
  EXPECT_DEATH(K2_ASSERT(1 + 1 == 3), "assertion failed: 1 \\+ 1 == 3 at .*assert_test.cpp");
}

TEST(Assert, DoesNothingWhenTheConditionHolds) {
  K2_ASSERT(1 + 1 == 2);
}
