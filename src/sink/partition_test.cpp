#include "sink/partition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

std::int32_t java_murmur2(std::string_view bytes) {
  return static_cast<std::int32_t>(murmur2(bytes));
}

// The values of the Java client's own test, UtilsTest.testMurmur2.
TEST(Murmur2, IsThatOfTheJavaClient) {
  EXPECT_EQ(java_murmur2("21"), -973932308);
  EXPECT_EQ(java_murmur2("foobar"), -790332482);
  EXPECT_EQ(java_murmur2("a-little-bit-long-string"), -985981536);
  EXPECT_EQ(java_murmur2("a-little-bit-longer-string"), -1486304829);
  EXPECT_EQ(java_murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
  EXPECT_EQ(java_murmur2("abc"), 479470107);
}

TEST(Partition, IsWithinTheTopicForNegativeHashesToo) {
  // -973932308 & 0x7fffffff = 1173551340
  EXPECT_EQ(partition_of("21", 12), 1173551340 % 12);
  EXPECT_EQ(partition_of("21", 1), 0);
  EXPECT_EQ(partition_of("abc", 7), 479470107 % 7);
}

TEST(Partition, TakesAnyBytes) {
  EXPECT_GE(partition_of("", 12), 0);
  EXPECT_GE(partition_of("\xff\xfe\xfd", 12), 0);
}

TEST(Partition, ThoseBeyondTheConfiguredNumberAreTakenOut) {
  std::vector<std::int32_t> assigned{5, 0, 4, 3, -1};
  EXPECT_THAT(take_surplus(assigned, 4), testing::ElementsAre(5, 4, -1));
  EXPECT_THAT(assigned, testing::ElementsAre(0, 3));
  EXPECT_THAT(take_surplus(assigned, 4), testing::IsEmpty());
  EXPECT_THAT(assigned, testing::ElementsAre(0, 3));
}

}  // namespace
}  // namespace k2::sink
