#include "app/setting_value.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

Setting const& setting(std::string_view key) {
  return *find_setting(all_settings(), key);
}

template <class T>
T parsed(std::string_view key, std::string_view text, bool drills = false) {
  return std::get<T>(parse_setting(setting(key), text, drills).value());
}

std::string problem(std::string_view key, std::string_view text, bool drills = false) {
  auto const value = parse_setting(setting(key), text, drills);
  return value.has_error() ? value.error().detail : "no problem";
}

TEST(SettingValue, ReadsDurationsInTheUnitOfTheKey) {
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("gap_patience_seconds", "5"), 5s);
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("gap_patience_seconds", "5m"), 5min);
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("journal.commit_interval_ms", "20"), 20ms);
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("journal.commit_interval_ms", "0.5s"), 500ms);
}

TEST(SettingValue, KeepsToTheRangeAndItsEnds) {
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("binance.health_check_timeout_seconds", "5"), 5s);
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("binance.health_check_timeout_seconds", "1h"), 1h);
  EXPECT_EQ(problem("binance.health_check_timeout_seconds", "4.9"),
            "'4.9' is outside 5..3600 s (drills may use 0.1..86400 s: K2_ALLOW_DRILLS=1 or "
            "--allow-drills)");
  EXPECT_THAT(problem("binance.health_check_timeout_seconds", "3601"), HasSubstr("5..3600 s"));
}

TEST(SettingValue, WidensTheRangeForDrills) {
  EXPECT_EQ(parsed<std::chrono::nanoseconds>("binance.health_check_timeout_seconds", "100ms", true),
            100ms);
  EXPECT_EQ(problem("binance.health_check_timeout_seconds", "99ms", true),
            "'99ms' is outside 0.1..86400 s");
}

TEST(SettingValue, RefusesWhatIsNoNumberOrDuration) {
  EXPECT_EQ(problem("binance.rest_weight_share", "half"),
            "'half' is not a number (allowed: 0.01..1)");
  EXPECT_EQ(problem("binance.rest_weight_share", "0.5x"),
            "'0.5x' is not a number (allowed: 0.01..1)");
  EXPECT_EQ(problem("binance.rest_weight_share", "nan"),
            "'nan' is not a number (allowed: 0.01..1)");
  EXPECT_EQ(problem("binance.rest_weight_share", "1.1"), "'1.1' is outside 0.01..1");
  EXPECT_THAT(problem("gap_patience_seconds", "5 parsecs"), HasSubstr("(allowed: 1..86400 s)"));
}

TEST(SettingValue, ReadsSymbolsInTheExchangesSpelling) {
  std::vector<std::string> names;
  for (auto const& symbol :
       parsed<SymbolSelection>("binance.symbols", "btcusdt, 币安人生USDT").named) {
    names.push_back(symbol.text());
  }
  EXPECT_THAT(names, ElementsAre("BTCUSDT", "币安人生USDT"));
}

TEST(SettingValue, RefusesSymbolsThatAreEmptyDoubledOrTooMany) {
  EXPECT_EQ(problem("binance.symbols", "BTCUSDT,"), "'': a symbol is empty");
  EXPECT_EQ(problem("binance.symbols", "BTCUSDT,btcusdt"), "'btcusdt' is named twice");
  EXPECT_THAT(problem("binance.symbols", "BTC/USDT"), HasSubstr("forbidden character"));
  std::string many = "S0";
  for (int symbol = 1; symbol <= 5000; ++symbol) many += ",S" + std::to_string(symbol);
  EXPECT_EQ(problem("binance.symbols", many), "'5001 symbols' is outside 0..5000");
}

TEST(SettingValue, ReadsUrlsOfTheRightScheme) {
  auto const urls = parsed<std::vector<feed::Endpoint>>("binance.stream_url",
                                                        "wss://a.example:9443,ws://127.0.0.1:80");
  ASSERT_EQ(urls.size(), 2U);
  EXPECT_EQ(urls[0].host, "a.example");
  EXPECT_EQ(urls[0].port, "9443");
  EXPECT_FALSE(urls[1].tls);
  EXPECT_EQ(problem("binance.stream_url", "https://a.example"),
            "'https://a.example' does not begin with wss:// or ws://");
  EXPECT_EQ(problem("binance.rest_url", "a.example"),
            "'a.example' does not begin with https:// or http://");
  EXPECT_THAT(problem("binance.rest_url", "https://a.example:99999"), HasSubstr("1..65535"));
}

TEST(SettingValue, ReadsBoolsAsPeopleWriteThem) {
  for (char const* yes : {"true", "1", "yes", "on"}) {
    EXPECT_TRUE(parsed<bool>("binance.ssl_verify", yes));
  }
  for (char const* no : {"false", "0", "no", "off"}) {
    EXPECT_FALSE(parsed<bool>("binance.ssl_verify", no));
  }
  EXPECT_EQ(problem("binance.ssl_verify", "maybe"), "'maybe' is neither true nor false");
}

TEST(SettingValue, NamesTheChoices) {
  EXPECT_EQ(parsed<std::string>("journal.sync", "full"), "full");
  EXPECT_EQ(problem("journal.sync", "ful"),
            "'ful' is not one of: normal, full; did you mean 'full'?");
  EXPECT_EQ(parsed<std::string>("sink", "kafka"), "kafka");
}

TEST(SettingValue, TakesAnEmptyTextOnlyWhereNothingIsTheDefault) {
  EXPECT_TRUE(std::holds_alternative<std::monostate>(
      parse_setting(setting("binance.custom_ca_bundle"), "", false).value()));
  EXPECT_EQ(problem("data_dir", ""), "is empty; leave it out to get the default");
}

TEST(SettingText, ReadsBackAsTheSameValue) {
  for (auto const& [key, text] :
       {std::pair{"binance.symbols", "BTCUSDT,ETHUSDT"},
        std::pair{"binance.stream_url", "wss://a.example:9443,ws://[::1]:8080/base"},
        std::pair{"binance.rest_url", "https://a.example"},
        std::pair{"binance.ssl_verify", "false"}, std::pair{"gap_patience_seconds", "1.5"},
        std::pair{"journal.commit_interval_ms", "20"},
        std::pair{"binance.rest_weight_share", "0.25"}, std::pair{"data_dir", "/var/lib/k2"},
        std::pair{"duration", "60"}, std::pair{"duration", ""}}) {
    auto const value = parse_setting(setting(key), text, false);
    ASSERT_FALSE(value.has_error()) << key << value.error().detail;
    EXPECT_EQ(setting_text(setting(key), *value), text);
  }
}

TEST(SplitList, TrimsPartsAndKeepsEmptyOnes) {
  EXPECT_THAT(split_list(""), ElementsAre());
  EXPECT_THAT(split_list("a"), ElementsAre("a"));
  EXPECT_THAT(split_list(" a , b\t"), ElementsAre("a", "b"));
  EXPECT_THAT(split_list("a,,"), ElementsAre("a", "", ""));
  EXPECT_THAT(split_list("a|b,c", '|'), ElementsAre("a", "b,c"));
}

}  // namespace
}  // namespace k2::app
