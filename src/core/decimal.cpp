#include "core/decimal.hpp"

#include "core/assert.hpp"

#include <array>
#include <charconv>

namespace k2 {
namespace {

constexpr std::int64_t kOne = 100'000'000;

constexpr std::array<std::uint64_t, kDecimalScale + 1> kPowersOfTen{
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};

/// No more digits than this can be summed without overflowing uint64.
constexpr std::size_t kDigitsMax = 19;

}  // namespace

Errc parse_decimal(std::string_view text, std::int64_t& mantissa) noexcept {
  std::uint64_t value = 0;
  std::size_t at = 0;
  std::size_t const size = text.size();
  std::size_t digits = 0;
  for (; at < size; ++at) {
    auto const digit = static_cast<unsigned>(text[at]) - '0';
    if (digit > 9) break;
    if (value != 0 || digit != 0) ++digits;
    if (digits > kDigitsMax) return Errc::kDecimalRange;
    value = value * 10 + digit;
  }
  if (at == 0) return Errc::kDecimalSyntax;
  std::size_t places = 0;
  if (at < size) {
    if (text[at] != '.' || at + 1 == size) return Errc::kDecimalSyntax;
    for (++at; at < size; ++at) {
      auto const digit = static_cast<unsigned>(text[at]) - '0';
      if (digit > 9) return Errc::kDecimalSyntax;
      if (places == kDecimalScale) {
        if (digit != 0) return Errc::kDecimalRange;
        continue;
      }
      if (value != 0 || digit != 0) ++digits;
      if (digits > kDigitsMax) return Errc::kDecimalRange;
      value = value * 10 + digit;
      ++places;
    }
  }
  std::uint64_t scaled = 0;
  if (__builtin_mul_overflow(value, kPowersOfTen[kDecimalScale - places], &scaled) ||
      scaled > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return Errc::kDecimalRange;
  }
  mantissa = static_cast<std::int64_t>(scaled);
  return Errc::kOk;
}

std::size_t print_decimal(std::int64_t mantissa, char* buffer) noexcept {
  K2_ASSERT(mantissa >= 0);
  char* end = std::to_chars(buffer, buffer + kDecimalTextMax, mantissa / kOne).ptr;
  *end++ = '.';
  std::int64_t fraction = mantissa % kOne;
  for (int place = kDecimalScale - 1; place >= 0; --place) {
    end[place] = static_cast<char>('0' + fraction % 10);
    fraction /= 10;
  }
  return static_cast<std::size_t>(end + kDecimalScale - buffer);
}

}  // namespace k2
