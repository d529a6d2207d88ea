#include "tools/verify/content.hpp"

namespace k2::verify {
namespace {

/// Multiplies to 128 bits and folds: each bit of the result hangs on each bit of both factors.
std::uint64_t fold(std::uint64_t left, std::uint64_t right) noexcept {
  __extension__ using Wide = unsigned __int128;
  Wide const product = Wide{left} * right;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// Source: the first digits of pi behind the point, as good as any odd numbers.
constexpr std::uint64_t kPi1 = 0x243F6A8885A308D3;
constexpr std::uint64_t kPi2 = 0x13198A2E03707345;
constexpr std::uint64_t kPi3 = 0xA4093822299F31D1;

}  // namespace

Content cut_to(TimeUnit unit, Content content) noexcept {
  if (unit == TimeUnit::kMilliseconds) {
    content.time = std::chrono::floor<std::chrono::milliseconds>(content.time);
  }
  return content;
}

std::uint64_t fingerprint(TradeId id, Content const& content) noexcept {
  auto const amounts = fold(static_cast<std::uint64_t>(content.price.mantissa()) ^ kPi1,
                            static_cast<std::uint64_t>(content.quantity.mantissa()) ^ kPi2);
  auto const when = static_cast<std::uint64_t>(content.time.time_since_epoch().count());
  return fold(amounts ^ value(id), (when << 1 | (content.sell ? 1U : 0U)) ^ kPi3);
}

}  // namespace k2::verify
