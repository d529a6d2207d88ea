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
  auto const parse_retry_after = [](std::string_view text) {
    return k2::parse_retry_after(text, "", UtcTime{});
  };
  EXPECT_EQ(parse_retry_after("0"), seconds{0});
  EXPECT_EQ(parse_retry_after("120"), seconds{120});
  EXPECT_EQ(parse_retry_after("604801"), seconds{604'800});
  EXPECT_EQ(parse_retry_after("4294967296"), seconds{604'800});
  EXPECT_EQ(parse_retry_after("99999999999999999999"), seconds{604'800});
  for (char const* text : {"", "-1", "-99999999999999999999", "12abc", " 12", "soon"}) {
    EXPECT_EQ(parse_retry_after(text), std::nullopt) << text;
  }
}

TEST(HttpStatus, ReadsTheDatesOfHttp) {
  using std::chrono::sys_days;
  EXPECT_EQ(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            UtcTime{std::chrono::seconds{784'111'777}});
  EXPECT_EQ(parse_http_date("Thu, 29 Feb 2024 23:59:60 GMT"),
            UtcTime{std::chrono::seconds{1'709'251'200}});
  for (char const* text : {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 2024 08:49:37 GMT",
                           "Sun, 06 Nox 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
                           "Sun, +6 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"}) {
    EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
  }
}

TEST(HttpStatus, WaitsUntilTheDateThatRetryAfterNames) {
  using std::chrono::seconds;
  constexpr auto kUntil = "Sun, 06 Nov 1994 08:49:37 GMT";
  UtcTime const until{seconds{784'111'777}};
  EXPECT_EQ(parse_retry_after(kUntil, "", until - seconds{120}), seconds{120});
  EXPECT_EQ(parse_retry_after(kUntil, "", until + seconds{5}), seconds{0});
  EXPECT_EQ(parse_retry_after(kUntil, "", until - std::chrono::hours{24 * 30}), kRetryAfterMax);
  // The server's own clock gives two minutes, however wrong the local clock is.
  EXPECT_EQ(parse_retry_after(kUntil, "Sun, 06 Nov 1994 08:47:37 GMT", UtcTime{}), seconds{120});
  EXPECT_EQ(parse_retry_after("7", "Sun, 06 Nov 1994 08:47:37 GMT", UtcTime{}), seconds{7});
}

}  // namespace
}  // namespace k2
