// 4,096 neighbouring ids of one symbol, seen from both sides: which ids are there, and sums of
// fingerprints that are equal when the contents are. About a kilobyte whatever it holds, so that
// accounts of any length are compared in bounded memory. Pure.
#pragma once

#include "tools/verify/content.hpp"

#include <array>
#include <cstdint>

namespace k2::verify {

inline constexpr std::uint64_t kChunkIds = 4'096;

/// One side's account of a chunk.
class Presence {
 public:
  static constexpr std::size_t kWords = kChunkIds / 64;

  /// Notes the id with its content; false when it was there before.
  bool add(TradeId id, Content const& content) noexcept;

  [[nodiscard]] bool full() const noexcept { return count_ == kChunkIds; }
  [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
  [[nodiscard]] std::array<std::uint64_t, kWords> const& words() const noexcept { return words_; }

  /// Returns the unit in which the two sides' times can be compared.
  [[nodiscard]] static TimeUnit common_unit(Presence const& left, Presence const& right) noexcept;
  /// True when both hold the same ids with the same contents.
  [[nodiscard]] static bool agree(Presence const& left, Presence const& right) noexcept;

 private:
  std::array<std::uint64_t, kWords> words_{};
  std::uint64_t sum_us_ = 0;
  std::uint64_t sum_ms_ = 0;
  std::uint32_t count_ = 0;
  bool whole_ms_ = true;
};

struct Chunk {
  Presence stored;
  Presence source;
};

/// The chunk that an id belongs to.
[[nodiscard]] constexpr std::uint64_t chunk_of(TradeId id) noexcept {
  return value(id) / kChunkIds;
}
/// The first id of a chunk.
[[nodiscard]] constexpr TradeId chunk_begin(std::uint64_t chunk) noexcept {
  return TradeId{chunk * kChunkIds};
}

}  // namespace k2::verify
