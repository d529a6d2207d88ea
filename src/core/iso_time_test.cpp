#include "core/iso_time.hpp"

#include <gtest/gtest.h>

namespace k2 {
namespace {

std::int64_t micros_of(std::string_view text) {
  return parse_iso_time(text).value().time_since_epoch().count();
}

TEST(IsoTime, ReadsDatesAndTimesOfAnyPrecision) {
  EXPECT_EQ(micros_of("1970-01-01"), 0);
  EXPECT_EQ(micros_of("2024-08-08"), 1'723'075'200'000'000);
  EXPECT_EQ(micros_of("2024-08-08T23:54"), 1'723'161'240'000'000);
  EXPECT_EQ(micros_of("2024-08-08 23:54:15"), 1'723'161'255'000'000);
  EXPECT_EQ(micros_of("2024-08-08T23:54:15.3"), 1'723'161'255'300'000);
  EXPECT_EQ(micros_of("2024-08-08T23:54:15.342001Z"), 1'723'161'255'342'001);
  EXPECT_EQ(micros_of("2024-08-09T01:54:15+02:00"), 1'723'161'255'000'000);
  EXPECT_EQ(micros_of("2024-08-08T18:24:15-05:30"), 1'723'161'255'000'000);
}

TEST(IsoTime, RefusesWhatIsNone) {
  for (auto const* text :
       {"", "2024", "2024-13-01", "2023-02-29", "2024-08-08T", "2024-08-08T24:00",
        "2024-08-08T23:60", "2024-08-08T23:54:15.", "2024-08-08T23:54:15.1234567",
        "2024-08-08T23:54:15+2", "2024-08-08x", "08/08/2024", "now", "1723161255"}) {
    auto const time = parse_iso_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, Errc::kFieldInvalid);
  }
}

TEST(IsoTime, PrintsWhatItReads) {
  for (auto const* text : {"2024-08-08T23:54:15.342001Z", "1969-12-31T23:59:59.999999Z"}) {
    EXPECT_EQ(print_iso_time(parse_iso_time(text).value()), text);
  }
}

}  // namespace
}  // namespace k2
