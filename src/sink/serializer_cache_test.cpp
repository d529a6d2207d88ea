#include "sink/serializer_cache.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::sink {
namespace {

std::string subject(int number) {
  return "topic-" + std::to_string(number) + "-value";
}

TEST(Serializer, PutsTheSchemaIdInFrontBigEndian) {
  std::string framed = "what was there before";
  Serializer{0x01020304}.frame("datum", framed);
  EXPECT_EQ(framed, std::string("\0\1\2\3\4datum", 10));
}

TEST(SerializerCache, FifteenSubjectsInTenPlacesEvictFive) {
  SerializerCache cache{10};
  for (int number = 0; number < 15; ++number) cache.insert(subject(number), number);
  EXPECT_EQ(cache.size(), 10U);
  EXPECT_EQ(cache.evictions(), 5U);
  EXPECT_EQ(cache.find(subject(4)), nullptr);
  ASSERT_NE(cache.find(subject(5)), nullptr);
  EXPECT_EQ(cache.find(subject(5))->schema_id, 5);
}

TEST(SerializerCache, KeepsWhatIsUsed) {
  SerializerCache cache{2};
  cache.insert("a", 1);
  cache.insert("b", 2);
  ASSERT_NE(cache.find("a"), nullptr);
  cache.insert("c", 3);
  EXPECT_NE(cache.find("a"), nullptr);
  EXPECT_EQ(cache.find("b"), nullptr);
}

TEST(SerializerCache, ANewIdReplacesTheOldWithoutEvicting) {
  SerializerCache cache{1};
  cache.insert("a", 1);
  EXPECT_EQ(cache.insert("a", 2).schema_id, 2);
  EXPECT_EQ(cache.find("a")->schema_id, 2);
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(cache.evictions(), 0U);
}

TEST(SerializerCache, AHundredAndTwentySubjectsStayWithinTen) {
  SerializerCache cache{10};
  for (int round = 0; round < 1'000; ++round) {
    for (int number = 0; number < 120; ++number) {
      if (cache.find(subject(number)) == nullptr) cache.insert(subject(number), number);
    }
  }
  EXPECT_EQ(cache.size(), 10U);
  EXPECT_EQ(cache.evictions(), 120'000U - 10U);
}

}  // namespace
}  // namespace k2::sink
