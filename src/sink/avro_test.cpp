#include "sink/avro.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace k2::sink {
namespace {

using namespace std::string_view_literals;

constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

std::string decimal_of(std::int64_t mantissa) {
  char buffer[kDecimalBytesMax + 8];
  return {buffer, static_cast<std::size_t>(write_decimal(buffer, mantissa) - buffer)};
}

TEST(AvroLong, IsZigzagInBase128) {
  std::string out;
  for (std::int64_t const number : {0L, -1L, 1L, -64L, 64L}) append_long(number, out);
  EXPECT_EQ(out, "\x00\x01\x02\x7F\x80\x01"sv);
}

TEST(AvroLong, ComesBackAtItsLimits) {
  for (std::int64_t const number : {kMin, kMin + 1, std::int64_t{-1}, std::int64_t{0}, kMax}) {
    std::string out;
    append_long(number, out);
    AvroReader reader{out};
    std::int64_t back = 7;
    EXPECT_TRUE(reader.read_long(back));
    EXPECT_EQ(back, number);
    EXPECT_TRUE(reader.at_end());
  }
}

TEST(AvroLong, RefusesWhatNeedsMoreThan64BitsOrEndsEarly) {
  for (auto const bytes : {""sv, "\x80"sv, "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"sv,
                           "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"sv}) {
    AvroReader reader{bytes};
    std::int64_t number = 0;
    EXPECT_FALSE(reader.read_long(number));
  }
}

// The expected bytes were written by fastavro.
TEST(AvroDecimal, TakesAsFewBytesAsHoldItsSign) {
  EXPECT_EQ(decimal_of(0), "\x02\x00"sv);
  EXPECT_EQ(decimal_of(1), "\x02\x01"sv);
  EXPECT_EQ(decimal_of(127), "\x02\x7F"sv);
  EXPECT_EQ(decimal_of(128), "\x04\x00\x80"sv);
  EXPECT_EQ(decimal_of(255), "\x04\x00\xFF"sv);
  EXPECT_EQ(decimal_of(256), "\x04\x01\x00"sv);
  EXPECT_EQ(decimal_of(32'767), "\x04\x7F\xFF"sv);
  EXPECT_EQ(decimal_of(32'768), "\x06\x00\x80\x00"sv);
  EXPECT_EQ(decimal_of(6'183'763'000'000), "\x0C\x05\x9F\xC4\xFF\x3A\xC0"sv);
  EXPECT_EQ(decimal_of(kMax), "\x10\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv);
  EXPECT_EQ(decimal_of(-1), "\x02\xFF"sv);
  EXPECT_EQ(decimal_of(-128), "\x02\x80"sv);
  EXPECT_EQ(decimal_of(-129), "\x04\xFF\x7F"sv);
}

TEST(AvroDecimal, ComesBackAlsoFromMoreBytesThanItNeeds) {
  for (auto const bytes : {"\x02\xFF"sv, "\x04\xFF\xFF"sv}) {
    AvroReader reader{bytes};
    std::int64_t mantissa = 0;
    EXPECT_TRUE(reader.read_decimal(mantissa));
    EXPECT_EQ(mantissa, -1);
  }
}

TEST(AvroDecimal, RefusesNoneAndMoreThanEightBytes) {
  for (auto const bytes : {"\x00"sv, "\x12\x00\x00\x00\x00\x00\x00\x00\x00\x01"sv}) {
    AvroReader reader{bytes};
    std::int64_t mantissa = 0;
    EXPECT_FALSE(reader.read_decimal(mantissa));
  }
}

TEST(AvroBytes, RefusesALengthThatReachesPastTheEnd) {
  for (auto const bytes : {"\x04x"sv, "\x01"sv, "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01x"sv}) {
    AvroReader reader{bytes};
    std::string_view out;
    EXPECT_FALSE(reader.read_bytes(out));
  }
}

}  // namespace
}  // namespace k2::sink
