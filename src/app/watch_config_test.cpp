#include "app/watch_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

Resolved resolved(std::map<std::string, std::string> flags) {
  return resolve_config(all_settings(), {.flags = std::move(flags), .environment = {}, .file = {}});
}

TEST(WatchConfig, ListensOnThisMachineOnlyUnlessToldOtherwise) {
  auto const options = watch_options(resolved({}).config).value();
  ASSERT_TRUE(options.listen.has_value());
  EXPECT_EQ(options.listen->ip, "127.0.0.1");
  EXPECT_EQ(options.listen->port, 9091);
  EXPECT_EQ(options.memory_interval, std::chrono::seconds{30});
  EXPECT_EQ(options.line_lifetime, std::chrono::hours{4});
  EXPECT_TRUE(options.tls_verified);
}

TEST(WatchConfig, KnowsThatNoLineIsRotatedLaterThanItsLatest) {
  auto const options =
      watch_options(resolved({{"binance.connection_max_lifetime_hours", "24"}}).config).value();
  EXPECT_EQ(options.line_lifetime, std::chrono::hours{23});
}

TEST(WatchConfig, TakesAddressesOfBothFamiliesAndOff) {
  EXPECT_EQ(watch_options(resolved({{"metrics.listen", "[::1]:9100"}}).config)->listen->ip, "::1");
  EXPECT_FALSE(watch_options(resolved({{"metrics.listen", "off"}}).config)->listen.has_value());
}

TEST(WatchConfig, NamesKeyAndValueOfAnAddressThatIsNone) {
  for (char const* text : {"9091", "localhost:9091", "127.0.0.1:", "127.0.0.1:99999", ":9091"}) {
    auto const refused = watch_options(resolved({{"metrics.listen", text}}).config);
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_EQ(refused.error().detail,
              "metrics.listen (from --metrics-listen): '" + std::string{text} +
                  "' is not an IP address and a port, such as 127.0.0.1:9091 or [::1]:9091");
  }
}

TEST(WatchConfig, LeaksOnlyInDrills) {
  auto const refused = resolved({{"memory.inject_leak_mb_per_hour", "100"}});
  ASSERT_EQ(refused.problems.size(), 1U);
  EXPECT_THAT(refused.problems[0], ::testing::HasSubstr("memory.inject_leak_mb_per_hour"));
  auto const drill =
      resolved({{"memory.inject_leak_mb_per_hour", "100"}, {"allow_drills", "true"}});
  EXPECT_EQ(watch_options(drill.config)->injected_mb_per_hour, 100);
}

}  // namespace
}  // namespace k2::app
