// Exact decimal numbers: an int64 mantissa at scale 8, so that prices and quantities never pass
// through a double. Price and Quantity are different types: their sum does not compile.
#pragma once

#include "core/result.hpp"

#include <compare>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace k2 {

/// Decimal places of every mantissa in K2.
/// Source: baseAssetPrecision and quotePrecision are 8 in exchangeInfo (read 2026-11-23).
inline constexpr int kDecimalScale = 8;

/// Longest text of a non-negative scale-8 int64: "92233720368.54775807".
inline constexpr std::size_t kDecimalTextMax = 21;

/// Parses digits[.digits] (no sign, no exponent, no blanks) into a mantissa at scale 8.
/// Trailing zeros beyond the eighth place are accepted, other digits there are not.
/// Errors: kDecimalSyntax, kDecimalRange; the mantissa is then untouched.
[[nodiscard]] Errc parse_decimal(std::string_view text, std::int64_t& mantissa) noexcept;

/// Writes a non-negative mantissa with all eight places ("0.00000001") and returns its length.
/// The buffer must hold kDecimalTextMax bytes.
std::size_t print_decimal(std::int64_t mantissa, char* buffer) noexcept;

template <class Tag>
class Decimal {
 public:
  constexpr Decimal() = default;

  [[nodiscard]] static constexpr Decimal from_mantissa(std::int64_t mantissa) noexcept {
    Decimal decimal;
    decimal.mantissa_ = mantissa;
    return decimal;
  }

  /// Errors: kDecimalSyntax, kDecimalRange.
  [[nodiscard]] static Result<Decimal> parse(std::string_view text) {
    std::int64_t mantissa = 0;
    if (Errc const code = parse_decimal(text, mantissa); code != Errc::kOk) {
      return Error{code, text};
    }
    return from_mantissa(mantissa);
  }

  /// Units: 1e-8.
  [[nodiscard]] constexpr std::int64_t mantissa() const noexcept { return mantissa_; }

  /// All eight places, as the exchange prints them.
  [[nodiscard]] std::string to_string() const {
    char buffer[kDecimalTextMax];
    return {buffer, print_decimal(mantissa_, buffer)};
  }

  friend constexpr auto operator<=>(Decimal, Decimal) = default;

 private:
  std::int64_t mantissa_ = 0;
};

using Price = Decimal<struct PriceTag>;
using Quantity = Decimal<struct QuantityTag>;

}  // namespace k2
