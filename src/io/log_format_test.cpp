#include "io/log_format.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <vector>

namespace k2::io {
namespace {

// 2026-11-23T21:30:05.000123Z
constexpr UtcTime kTime{std::chrono::microseconds{1'795'469'405'000'123}};

std::string line(LogFormat format, std::vector<LogField> const& fields) {
  return format_log_line(format, kTime, LogLevel::kInfo, "feed.connected", fields);
}

std::string json_of(std::string_view text) {
  return nlohmann::json::parse(line(LogFormat::kJson, {{"text", text}})).at("text");
}

TEST(LogLine, IsOneJsonObjectWithTypedFields) {
  EXPECT_EQ(line(LogFormat::kJson, {{"host", "a b"}, {"line", 1}, {"age_s", 4.5}, {"tls", true}}),
            R"({"ts":"2026-11-23T21:30:05.000123Z","level":"info","event":"feed.connected",)"
            R"("host":"a b","line":1,"age_s":4.5,"tls":true})");
}

TEST(LogLine, IsLogfmtWithQuotesOnlyWhereNeeded) {
  EXPECT_EQ(line(LogFormat::kLogfmt,
                 {{"host", "a.b:443"}, {"why", "a \"b\"=c\n"}, {"none", ""}, {"tls", false}}),
            R"(ts=2026-11-23T21:30:05.000123Z level=info event=feed.connected host=a.b:443 )"
            R"(why="a \"b\"=c\n" none="" tls=false)");
}

TEST(LogLine, KeepsTheWholeRangeOfIntegers) {
  EXPECT_EQ(line(LogFormat::kLogfmt, {{"low", std::numeric_limits<std::int64_t>::min()},
                                      {"high", std::numeric_limits<std::uint64_t>::max()}}),
            "ts=2026-11-23T21:30:05.000123Z level=info event=feed.connected "
            "low=-9223372036854775808 high=18446744073709551615");
}

TEST(LogLine, KeepsUtf8AndEscapesControlCharacters) {
  EXPECT_EQ(json_of("币安人生USDT €"), "币安人生USDT €");
  EXPECT_EQ(json_of(std::string_view{"a\0b\x1b[2K\x7f\r\n\t", 11}),
            (std::string{"a\0b\x1b[2K\x7f\r\n\t", 11}));
  auto const text = line(LogFormat::kLogfmt, {{"text", "\x1b[2K\r\n"}});
  EXPECT_EQ(text.find_first_of("\x1b\r\n"), std::string::npos);
}

TEST(LogLine, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(json_of("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(json_of("cut \xE5\xB8"), "cut \xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(json_of("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(LogLine, CutsALongText) {
  EXPECT_EQ(json_of(std::string(4096, 'a')), std::string(4096, 'a'));
  EXPECT_EQ(json_of(std::string(1'000'000, 'a')), std::string(4096, 'a') + "…");
  EXPECT_EQ(json_of(std::string(4095, 'a') + "€"), std::string(4095, 'a') + "\uFFFD…");
}

TEST(LogLine, StaysJsonWithNumbersThatJsonLacks) {
  auto const parsed = nlohmann::json::parse(
      line(LogFormat::kJson, {{"nan", std::numeric_limits<double>::quiet_NaN()},
                              {"inf", std::numeric_limits<double>::infinity()}}));
  EXPECT_TRUE(parsed.at("nan").is_null());
  EXPECT_TRUE(parsed.at("inf").is_null());
}

TEST(LogTimestamp, PrintsMicrosecondsAlsoBefore1970) {
  EXPECT_EQ(log_timestamp(UtcTime{std::chrono::microseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace k2::io
