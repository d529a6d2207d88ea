#include "core/ws/base64.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace k2::ws {
namespace {

std::string encoded(std::string_view text) {
  return to_base64(std::vector<std::uint8_t>(text.begin(), text.end()));
}

// RFC 4648 section 10.
TEST(Base64, GivesTheVectorsOfRfc4648) {
  EXPECT_EQ(encoded(""), "");
  EXPECT_EQ(encoded("f"), "Zg==");
  EXPECT_EQ(encoded("fo"), "Zm8=");
  EXPECT_EQ(encoded("foo"), "Zm9v");
  EXPECT_EQ(encoded("foob"), "Zm9vYg==");
  EXPECT_EQ(encoded("fooba"), "Zm9vYmE=");
  EXPECT_EQ(encoded("foobar"), "Zm9vYmFy");
  EXPECT_EQ(to_base64(std::vector<std::uint8_t>{0xFB, 0xFF, 0xFE}), "+//+");
}

TEST(Base64, KnowsTheShapeOfAGivenNumberOfBytes) {
  EXPECT_TRUE(is_base64_of("dGhlIHNhbXBsZSBub25jZQ==", 16));
  EXPECT_TRUE(is_base64_of("Zm9v", 3));
  EXPECT_TRUE(is_base64_of("", 0));
  EXPECT_FALSE(is_base64_of("dGhlIHNhbXBsZSBub25jZQ=", 16));
  EXPECT_FALSE(is_base64_of("dGhlIHNhbXBsZSBub25jZQA=", 16));
  EXPECT_FALSE(is_base64_of("dGhlIHNhbXBsZSBub25j*Q==", 16));
  EXPECT_FALSE(is_base64_of("dGhlIHNhbXBsZSBub25jZ===", 16));
  EXPECT_FALSE(is_base64_of("", 16));
}

}  // namespace
}  // namespace k2::ws
