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

TEST(HttpStatus, ReadsHowLongToWaitAndNeverWaitsMoreThanAWeek) {
  using std::chrono::seconds;
  EXPECT_EQ(parse_retry_after("0"), seconds{0});
  EXPECT_EQ(parse_retry_after("120"), seconds{120});
  EXPECT_EQ(parse_retry_after("604801"), seconds{604'800});
  EXPECT_EQ(parse_retry_after("4294967296"), seconds{604'800});
  EXPECT_EQ(parse_retry_after("99999999999999999999"), seconds{604'800});
  for (char const* text : {"", "-1", "-99999999999999999999", "12abc", " 12", "soon"}) {
    EXPECT_EQ(parse_retry_after(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace k2
