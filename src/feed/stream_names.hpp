// Finds the symbol of a trade frame from the bytes of its stream's name, without first looking for
// the end of the name: in the exchange's own layout the 16 bytes from the name's first on depend
// on the symbol alone ("btcusdt@trade\",\""). One cache line a symbol. Shard's thread.
#pragma once

#include "core/symbol.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace k2::feed {

/// A symbol in both spellings of a frame. Exactly one cache line.
struct alignas(64) StreamName {
  /// Units: bytes. Longer symbols take the slower path; the longest listed one has 16.
  static constexpr std::size_t kBytesMax = 24;

  std::uint64_t key[2] = {0, 0};
  char lower_tail[8] = {};
  char upper[kBytesMax] = {};
  SymbolIndex symbol{};
  /// Units: bytes; 0 marks an empty slot.
  std::uint8_t length = 0;
};
static_assert(sizeof(StreamName) == 64);

class StreamNames {
 public:
  StreamNames();

  /// Takes in the symbols that were added to the table since the last call.
  void learn(SymbolTable const& symbols);

  /// The symbol whose name, in lower case, starts at `name`, or null. What follows the name is
  /// the caller's to check. At least 24 bytes must be readable.
  [[nodiscard]] StreamName const* find(char const* name) const noexcept {
    std::uint64_t key[2];
    std::memcpy(key, name, sizeof key);
    for (std::size_t at = slot(key);; at = (at + 1) & mask_) {
      StreamName const& candidate = slots_[at];
      if (candidate.length == 0) return nullptr;
      if (candidate.key[0] == key[0] && candidate.key[1] == key[1] &&
          tail_matches(candidate, name)) {
        return &candidate;
      }
    }
  }

  /// The number of symbols of the table that it has learned.
  [[nodiscard]] std::size_t learned() const noexcept { return learned_; }

 private:
  /// Multiply-add hashing: the high bits depend on every byte of both words.
  [[nodiscard]] std::size_t slot(std::uint64_t const (&key)[2]) const noexcept {
    std::uint64_t const mixed = key[0] * 0x9E3779B97F4A7C15U + key[1] * 0xC2B2AE3D27D4EB4FU;
    return static_cast<std::size_t>(mixed >> shift_);
  }
  [[nodiscard]] static bool tail_matches(StreamName const& candidate, char const* name) noexcept {
    return candidate.length <= 16 ||
           std::memcmp(candidate.lower_tail, name + 16, candidate.length - 16U) == 0;
  }
  void insert(Symbol const& symbol, SymbolIndex index);

  std::vector<StreamName> slots_;
  std::size_t mask_ = 0;
  unsigned shift_ = 0;
  std::size_t learned_ = 0;
};

}  // namespace k2::feed
