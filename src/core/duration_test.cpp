#include "core/duration.hpp"

#include <gtest/gtest.h>

namespace k2 {
namespace {

using namespace std::chrono_literals;

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(parse_duration("7us").value(), 7us);
  EXPECT_EQ(parse_duration("250ms").value(), 250ms);
  EXPECT_EQ(parse_duration("60s").value(), 60s);
  EXPECT_EQ(parse_duration("5m").value(), 5min);
  EXPECT_EQ(parse_duration("2h").value(), 2h);
  EXPECT_EQ(parse_duration("1d").value(), 24h);
}

TEST(ParseDuration, AddsPartsAndTakesFractions) {
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("1.5h").value(), 90min);
  EXPECT_EQ(parse_duration("0.25s").value(), 250ms);
}

TEST(ParseDuration, TakesAPlainNumberInTheUnitOfItsSetting) {
  EXPECT_EQ(parse_duration("180").value(), 180s);
  EXPECT_EQ(parse_duration("0").value(), 0s);
  EXPECT_EQ(parse_duration("0.002", 1h).value(), 7200ms);
  EXPECT_EQ(parse_duration("50", 1ms).value(), 50ms);
  EXPECT_EQ(parse_duration("5m", 1h).value(), 5min);
}

TEST(ParseDuration, RefusesWhatIsNone) {
  for (char const* text : {"", " ", "s", "5 m", "-5s", "-0", "5x", "5min", "1h30", "30 ", "1e3s",
                           "nan", "inf", "0x10", "5s-", "1h-5m", ".", "5M"}) {
    auto const parsed = parse_duration(text);
    ASSERT_TRUE(parsed.has_error()) << text;
    EXPECT_EQ(parsed.error().code, Errc::kFieldInvalid) << text;
  }
}

TEST(ParseDuration, RefusesMoreThanAHundredYears) {
  EXPECT_EQ(parse_duration("36600d").value(), kDurationMax);
  EXPECT_TRUE(parse_duration("36601d").has_error());
  EXPECT_TRUE(parse_duration("99999999999999999999999999h").has_error());
}

TEST(FormatDuration, PrintsTheShortestTextThatReadsBack) {
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(90s), "90s");
  EXPECT_EQ(format_duration(300s), "5m");
  EXPECT_EQ(format_duration(48h), "2d");
  EXPECT_EQ(format_duration(4h), "4h");
  EXPECT_EQ(format_duration(7200ms), "7200ms");
  EXPECT_EQ(format_duration(1500ns), "1.5us");
}

}  // namespace
}  // namespace k2
