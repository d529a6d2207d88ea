#include "app/settings.hpp"

#include "app/setting_value.hpp"

#include <gtest/gtest.h>

#include <set>

namespace k2::app {
namespace {

TEST(Settings, HaveTheNamesThatOperatorsKnow) {
  struct Known {
    char const* key;
    char const* env;
    char const* flag;
  };
  for (auto const& [key, env, flag] : {
           Known{"binance.symbols", "K2_BINANCE_SYMBOLS", "--symbols"},
           Known{"binance.stream_url", "K2_BINANCE_STREAM_URL", "--stream-url"},
           Known{"binance.rest_url", "K2_BINANCE_REST_URL", "--rest-url"},
           Known{"binance.ssl_verify", "K2_BINANCE_SSL_VERIFY", "--ssl-verify"},
           Known{"binance.custom_ca_bundle", "K2_BINANCE_CUSTOM_CA_BUNDLE", "--custom-ca-bundle"},
           Known{"binance.reconnect_delay_seconds", "K2_BINANCE_RECONNECT_DELAY_SECONDS",
                 "--reconnect-delay-seconds"},
           Known{"binance.health_check_timeout_seconds", "K2_BINANCE_HEALTH_CHECK_TIMEOUT_SECONDS",
                 "--health-check-timeout-seconds"},
           Known{"binance.connection_max_lifetime_hours",
                 "K2_BINANCE_CONNECTION_MAX_LIFETIME_HOURS", "--connection-max-lifetime-hours"},
           Known{"binance.ping_interval_seconds", "K2_BINANCE_PING_INTERVAL_SECONDS",
                 "--ping-interval-seconds"},
           Known{"binance.ping_timeout_seconds", "K2_BINANCE_PING_TIMEOUT_SECONDS",
                 "--ping-timeout-seconds"},
           Known{"gap_patience_seconds", "K2_GAP_PATIENCE_SECONDS", "--gap-patience-seconds"},
           Known{"data_dir", "K2_DATA_DIR", "--data-dir"},
           Known{"sink", "K2_SINK", "--sink"},
           Known{"journal.sync", "K2_JOURNAL_SYNC", "--journal-sync"},
           Known{"duration", "K2_DURATION", "--duration"},
           Known{"allow_drills", "K2_ALLOW_DRILLS", "--allow-drills"},
       }) {
    auto const* setting = find_setting(all_settings(), key);
    ASSERT_NE(setting, nullptr) << key;
    EXPECT_EQ(setting->env(), env);
    EXPECT_EQ(setting->flag(), flag);
  }
}

TEST(Settings, HaveNamesOfTheirOwn) {
  std::set<std::string> names;
  for (auto const& setting : all_settings()) {
    EXPECT_TRUE(names.insert(setting.env()).second) << setting.key;
    EXPECT_TRUE(names.insert(setting.flag()).second) << setting.key;
  }
}

TEST(Settings, SayWhatTheyMeanAndHaveADefaultThatIsAllowed) {
  for (auto const& setting : all_settings()) {
    EXPECT_TRUE(setting.meaning.ends_with('.')) << setting.key;
    EXPECT_FALSE(parse_setting(setting, setting.fallback, false).has_error()) << setting.key;
    EXPECT_EQ(setting.kind == Kind::kDuration, !setting.unit.empty()) << setting.key;
    EXPECT_EQ(setting.kind == Kind::kChoice || setting.kind == Kind::kUrls,
              !setting.choices.empty())
        << setting.key;
  }
}

TEST(Settings, WidenTheirRangesForDrillsOnly) {
  for (auto const& setting : all_settings()) {
    if (!setting.drill_range) continue;
    ASSERT_TRUE(setting.range) << setting.key;
    EXPECT_LE(setting.drill_range->low, setting.range->low) << setting.key;
    EXPECT_GE(setting.drill_range->high, setting.range->high) << setting.key;
  }
}

TEST(Settings, ShowTheirRangeWithItsUnit) {
  auto const& timeout = *find_setting(all_settings(), "binance.health_check_timeout_seconds");
  EXPECT_EQ(range_text(timeout, false), "5..3600 s");
  EXPECT_EQ(range_text(timeout, true), "0.1..86400 s");
  EXPECT_EQ(range_text(*find_setting(all_settings(), "data_dir"), false), "");
}

}  // namespace
}  // namespace k2::app
