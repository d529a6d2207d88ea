// The content on which two accounts of one trade must agree, and its fingerprint. Pure.
#pragma once

#include "core/decimal.hpp"
#include "core/ids.hpp"
#include "core/time.hpp"

#include <cstdint>

namespace k2::verify {

/// The content of a trade in a ledger or an official file, without its id.
struct Content {
  Price price;
  Quantity quantity;
  UtcTime time{};
  /// The aggressor sold (the buyer was the maker).
  bool sell = false;

  friend bool operator==(Content const&, Content const&) = default;
};

/// The unit in which two times are compared: a source in milliseconds has no finer times.
enum class TimeUnit : std::uint8_t { kMicroseconds, kMilliseconds };

/// True when the time has no part below the millisecond.
[[nodiscard]] constexpr bool is_whole_ms(UtcTime time) noexcept {
  return time.time_since_epoch().count() % 1'000 == 0;
}

/// The content with its time cut to the unit.
[[nodiscard]] Content cut_to(TimeUnit unit, Content content) noexcept;

/// 64 bits that change when the id or anything in the content does.
[[nodiscard]] std::uint64_t fingerprint(TradeId id, Content const& content) noexcept;

}  // namespace k2::verify
