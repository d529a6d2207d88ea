#include "core/ws/mask.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::ws {
namespace {

constexpr std::uint32_t kKey = 0x37FA213D;

// RFC 6455 section 5.7: "Hello" masked.
TEST(Mask, GivesTheExampleOfTheRfc) {
  std::string text{"Hello"};
  apply_mask(text, kKey);
  EXPECT_EQ(text, "\x7F\x9F\x4D\x51\x58");
  apply_mask(text, kKey);
  EXPECT_EQ(text, "Hello");
}

TEST(Mask, EqualsTheByteWiseRuleForEveryLengthAndPhase) {
  constexpr unsigned char kBytes[4] = {0x37, 0xFA, 0x21, 0x3D};
  for (std::size_t length = 0; length < 70; ++length) {
    for (std::size_t phase = 0; phase < 9; ++phase) {
      std::string text(length, '\0');
      std::string expected(length, '\0');
      for (std::size_t i = 0; i < length; ++i) {
        text[i] = static_cast<char>('A' + i % 50);
        auto const key = kBytes[(i + phase) % 4];
        expected[i] = static_cast<char>(static_cast<unsigned char>(text[i]) ^ key);
      }
      apply_mask(text, kKey, phase);
      ASSERT_EQ(text, expected) << length << " bytes at phase " << phase;
    }
  }
}

}  // namespace
}  // namespace k2::ws
