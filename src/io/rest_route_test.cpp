#include "io/rest_route.hpp"

#include <gtest/gtest.h>

namespace k2::io {
namespace {

TEST(RestRoute, LeavesTheChoiceToTheResolverWhileAllIsWell) {
  RestRoute route;
  route.worked("192.0.2.1");
  EXPECT_EQ(route.kept(), "");
  EXPECT_FALSE(route.draws());
}

TEST(RestRoute, DrawsAnAddressAfterAFailureAndKeepsTheFirstThatAnswers) {
  RestRoute route;
  route.failed();
  EXPECT_TRUE(route.draws());
  route.failed();
  EXPECT_TRUE(route.draws());
  route.worked("192.0.2.2");
  EXPECT_FALSE(route.draws());
  EXPECT_EQ(route.kept(), "192.0.2.2");
  route.worked("192.0.2.2");
  EXPECT_EQ(route.kept(), "192.0.2.2");
}

TEST(RestRoute, ForgetsTheAddressThatItKeptWhenThatFails) {
  RestRoute route;
  route.failed();
  route.worked("192.0.2.2");
  route.failed();
  EXPECT_EQ(route.kept(), "");
  EXPECT_TRUE(route.draws());
}

}  // namespace
}  // namespace k2::io
