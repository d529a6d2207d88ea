#include "sink/serializer_cache.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <malloc.h>
#include <new>
#include <string>
#include <vector>

namespace {
std::uint64_t allocations = 0;
std::size_t bytes_in_use = 0;
}  // namespace

// Replaces the allocator of this whole test program, which has one thread.
void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc{};
  ++allocations;
  bytes_in_use += malloc_usable_size(memory);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory != nullptr) bytes_in_use -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace k2::sink {
namespace {

std::string subject(int number) {
  return "topic-" + std::to_string(number) + "-value";
}

std::vector<std::string> subjects_below(int count) {
  std::vector<std::string> subjects;
  subjects.reserve(static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number) subjects.push_back(subject(number));
  return subjects;
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

TEST(SerializerCache, AHitAllocatesNothing) {
  SerializerCache cache{10};
  auto const subjects = subjects_below(10);
  for (int number = 0; number < 10; ++number)
    cache.insert(subjects[static_cast<std::size_t>(number)], number);
  std::string framed;
  framed.reserve(64);
  auto const before = allocations;
  for (std::size_t record = 0; record < 10'000; ++record) {
    auto const* const found = cache.find(subjects[record * 7 % 10]);
    ASSERT_NE(found, nullptr);
    found->frame("datum", framed);
  }
  EXPECT_EQ(allocations, before);
}

#if __has_feature(address_sanitizer)
// It keeps what is freed.
constexpr std::uint64_t kGrowthMaxBytes = 1'073'741'824;
#else
constexpr std::uint64_t kGrowthMaxBytes = 1'048'576;
#endif

/// Units: bytes.
std::uint64_t resident() {
  std::uint64_t size = 0;
  std::uint64_t pages = 0;
  std::ifstream{"/proc/self/statm"} >> size >> pages;
  return pages * 4'096;
}

TEST(SerializerCache, AMillionRecordsOfAHundredAndTwentySubjectsTakeNoMemory) {
  constexpr std::uint64_t kRecords = 1'000'000;
  SerializerCache cache{10};
  auto const subjects = subjects_below(120);
  std::string framed;
  std::size_t in_use = 0;
  std::uint64_t resident_before = 0;
  for (std::uint64_t record = 0; record < kRecords; ++record) {
    auto const number = record % subjects.size();
    ASSERT_EQ(cache.find(subjects[number]), nullptr);
    cache.insert(subjects[number], static_cast<std::int32_t>(number)).frame("datum", framed);
    // Names of other lengths would take other amounts: looked at after whole rounds.
    if (number + 1 != subjects.size()) continue;
    if (in_use == 0) {
      in_use = bytes_in_use;
      resident_before = resident();
    }
    ASSERT_EQ(bytes_in_use, in_use) << "after " << record << " records";
  }
  EXPECT_EQ(cache.size(), 10U);
  EXPECT_EQ(cache.evictions(), kRecords - 10);
  EXPECT_LE(resident(), resident_before + kGrowthMaxBytes);
}

}  // namespace
}  // namespace k2::sink
