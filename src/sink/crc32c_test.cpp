#include "sink/crc32c.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::sink {
namespace {

// Source: RFC 3720 appendix B.4, and the check value of CRC-32C ("123456789").
TEST(Crc32c, GivesTheValuesOfItsStandard) {
  EXPECT_EQ(crc32c("123456789"), 0xE3069283);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AA);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, IsTheSameByInstructionAndByTable) {
  std::string bytes;
  for (int size = 0; size < 70; ++size) {
    EXPECT_EQ(crc32c(bytes), crc32c_portable(bytes)) << size;
    bytes += static_cast<char>(size * 37);
  }
}

TEST(Crc32c, GoesOnWhereItStopped) {
  EXPECT_EQ(crc32c("456789", crc32c("123")), 0xE3069283);
}

}  // namespace
}  // namespace k2::sink
