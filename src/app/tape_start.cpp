#include "app/tape_start.hpp"

#include "app/setting_value.hpp"
#include "core/duration.hpp"
#include "core/iso_time.hpp"

#include <fmt/format.h>

#include <charconv>

namespace k2::app {
namespace {

Error invalid(std::string const& detail) {
  return Error{Errc::kConfigInvalid, detail};
}

}  // namespace

Result<Since> parse_since(std::string_view text) {
  if (auto const time = parse_iso_time(text)) return Since{*time};
  auto const length = parse_duration(text, std::chrono::seconds{1});
  if (length && length->count() >= 0) return Since{*length};
  return invalid(fmt::format(
      "'{}' is neither a time (2026-11-01T12:00:00Z) nor how long ago (90m, 6h, 2d)", text));
}

Result<std::map<Symbol, TradeId>> parse_from_id(std::string_view text) {
  std::map<Symbol, TradeId> ids;
  for (auto const part : split_list(text)) {
    auto const equals = part.find('=');
    if (equals == part.npos) {
      return invalid(fmt::format("'{}' is not SYMBOL=ID (BTCUSDT=3735683259)", part));
    }
    auto const symbol = Symbol::parse(part.substr(0, equals));
    if (!symbol) return invalid(fmt::format("'{}': {}", part, symbol.error().detail));
    auto const digits = part.substr(equals + 1);
    std::uint64_t id = 0;
    auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (failure != std::errc{} || end != digits.data() + digits.size() || id > INT64_MAX) {
      return invalid(fmt::format("'{}': '{}' is no trade id", part, digits));
    }
    if (!ids.emplace(*symbol, TradeId{id}).second) {
      return invalid(fmt::format("'{}' is named twice", symbol->text()));
    }
  }
  return ids;
}

UtcTime moment(Since const& since, UtcTime now) {
  if (auto const* time = std::get_if<UtcTime>(&since)) return *time;
  return now -
         std::chrono::floor<std::chrono::microseconds>(std::get<std::chrono::nanoseconds>(since));
}

}  // namespace k2::app
