// A REST request whose route is known. Private to rest_api.cpp and rest_bodies.cpp.
#pragma once

#include "tools/sim/rest_api.hpp"
#include "tools/sim/trade_parse.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sim {

/// A request whose route is known.
struct RestApi::Call {
  Target const& target;
  TimeUnit unit;
  UtcTime now;
  std::optional<MonoTime> database_at;
};

/// An error in the exchange's own words.
struct RestApi::Refusal {
  unsigned status = 400;
  int code = 0;
  std::string message;
};

/// A whole number that is not negative; nothing when the parameter is absent.
struct NumberParameter {
  std::optional<std::int64_t> number;
  bool valid = true;
};

[[nodiscard]] inline NumberParameter number_of(Target const& target, std::string_view name) {
  auto const text = target.find(name);
  if (!text) return {};
  std::int64_t number = 0;
  if (!parse_number(*text, number) || number < 0) return {std::nullopt, false};
  return {number, true};
}

[[nodiscard]] inline std::size_t limit_of(Target const& target, std::size_t fallback,
                                          std::size_t most) {
  auto const limit = number_of(target, "limit").number;
  if (!limit) return fallback;
  return std::min(static_cast<std::size_t>(*limit), most);
}

}  // namespace k2::sim
