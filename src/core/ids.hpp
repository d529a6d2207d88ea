// Strong integers: ids that cannot be mixed up, added to each other or passed in the wrong place.
#pragma once

#include <cstddef>
#include <cstdint>

namespace k2 {

/// The exchange's own trade id `t`, dense per symbol; 0..INT64_MAX.
/// Source: the exchange's stream documentation, payloads (int64).
enum class TradeId : std::uint64_t {};

/// The index of a symbol in this process's SymbolTable.
enum class SymbolIndex : std::uint32_t {};

/// One WebSocket connection, numbered from 1 in the order they were opened by this process.
enum class LineId : std::uint32_t {};

[[nodiscard]] constexpr std::uint64_t value(TradeId id) noexcept {
  return static_cast<std::uint64_t>(id);
}
[[nodiscard]] constexpr std::uint32_t value(SymbolIndex index) noexcept {
  return static_cast<std::uint32_t>(index);
}
[[nodiscard]] constexpr std::uint32_t value(LineId id) noexcept {
  return static_cast<std::uint32_t>(id);
}

/// The id after this one.
[[nodiscard]] constexpr TradeId next(TradeId id) noexcept {
  return TradeId{value(id) + 1};
}
/// The id before this one.
[[nodiscard]] constexpr TradeId previous(TradeId id) noexcept {
  return TradeId{value(id) - 1};
}

/// A closed range of trade ids, first..last.
struct IdRange {
  TradeId first{};
  TradeId last{};

  [[nodiscard]] constexpr std::uint64_t count() const noexcept {
    return value(last) - value(first) + 1;
  }
  [[nodiscard]] constexpr bool contains(TradeId id) const noexcept {
    return first <= id && id <= last;
  }
  friend constexpr bool operator==(IdRange const&, IdRange const&) = default;
};

}  // namespace k2
