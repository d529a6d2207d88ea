#include "core/http_status.hpp"

#include <gtest/gtest.h>

namespace k2 {
namespace {

TEST(HttpStatus, TellsSlowDownFromNotFromHereFromTrouble) {
  EXPECT_EQ(errc_of_http_status(429), Errc::kRateLimited);
  EXPECT_EQ(errc_of_http_status(418), Errc::kRateLimited);
  EXPECT_EQ(errc_of_http_status(403), Errc::kRefusedByRegion);
  EXPECT_EQ(errc_of_http_status(451), Errc::kRefusedByRegion);
  EXPECT_EQ(errc_of_http_status(400), Errc::kHttpStatus);
  EXPECT_EQ(errc_of_http_status(503), Errc::kHttpStatus);
  EXPECT_EQ(errc_of_http_status(503, Errc::kWsHandshake), Errc::kWsHandshake);
}

}  // namespace
}  // namespace k2
