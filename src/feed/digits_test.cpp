#include "feed/digits.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

TEST(Digits, ReadsEightAtOnce) {
  EXPECT_EQ(eight_digits(load_digits("12345678").values), 12'345'678U);
  EXPECT_EQ(eight_digits(load_digits("00000000").values), 0U);
  EXPECT_EQ(eight_digits(load_digits("99999999").values), 99'999'999U);
}

TEST(Digits, ReadsThoseBeforeAnythingElse) {
  DigitWord const word = load_digits("61837.63");
  EXPECT_EQ(word.count, 5U);
  EXPECT_EQ(leading_digits(word), 61'837U);
  EXPECT_EQ(leading_digits(load_digits("7\",\"T\":1")), 7U);
  EXPECT_EQ(load_digits(".1234567").count, 0U);
}

TEST(Digits, StopsAtEveryByteThatIsNoDigit) {
  for (int byte = 0; byte < 256; ++byte) {
    bool const digit = byte >= '0' && byte <= '9';
    for (std::size_t at = 0; at < 8; ++at) {
      std::string text{"11111111"};
      text[at] = static_cast<char>(byte);
      EXPECT_EQ(load_digits(text.data()).count, digit ? 8U : at) << byte << " at " << at;
    }
  }
}

}  // namespace
}  // namespace k2::feed
