#include "sink/partition.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"

#include <algorithm>
#include <iterator>

namespace k2::sink {
namespace {

constexpr std::uint32_t kSeed = 0x9747b28c;
constexpr std::uint32_t kMultiplier = 0x5bd1e995;
constexpr std::uint32_t kShift = 24;

std::uint32_t byte_at(std::string_view bytes, std::size_t at) noexcept {
  return static_cast<unsigned char>(bytes[at]);
}

}  // namespace

std::uint32_t murmur2(std::string_view bytes) noexcept {
  std::uint32_t hash = kSeed ^ static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = byte_at(bytes, at) | byte_at(bytes, at + 1) << 8 |
                         byte_at(bytes, at + 2) << 16 | byte_at(bytes, at + 3) << 24;
    word *= kMultiplier;
    word ^= word >> kShift;
    word *= kMultiplier;
    hash = hash * kMultiplier ^ word;
  }
  std::size_t const left = bytes.size() - at;
  if (left >= 3) hash ^= byte_at(bytes, at + 2) << 16;
  if (left >= 2) hash ^= byte_at(bytes, at + 1) << 8;
  if (left >= 1) {
    hash ^= byte_at(bytes, at);
    hash *= kMultiplier;
  }
  hash ^= hash >> 13;
  hash *= kMultiplier;
  return hash ^ hash >> 15;
}

std::int32_t partition_of(std::string_view key, std::int32_t partitions) noexcept {
  K2_ASSERT(partitions > 0);
  return static_cast<std::int32_t>(murmur2(key) & 0x7fffffffU) % partitions;
}

std::vector<std::int32_t> take_surplus(std::vector<std::int32_t>& assigned,
                                       std::int32_t configured) {
  auto const is_surplus = [&](std::int32_t one) {
    return (one < 0 || one >= configured) && !K2_PLANTED(kKeepSurplus);
  };
  std::vector<std::int32_t> surplus;
  std::ranges::copy_if(assigned, std::back_inserter(surplus), is_surplus);
  std::erase_if(assigned, is_surplus);
  return surplus;
}

}  // namespace k2::sink
