#include "sink/hanging_note.hpp"

#include <fmt/format.h>

#include <charconv>

namespace k2::sink {
namespace {

constexpr std::string_view kSince = R"({"since_us":)";

/// Reads a whole number from the front of a text, and removes it there.
template <class Number>
bool take(std::string_view& text, Number& out) {
  auto const read = std::from_chars(text.data(), text.data() + text.size(), out);
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return read.ec == std::errc{} && out >= 0;
}

}  // namespace

std::string hanging_key(HangingNote const& note) {
  return fmt::format("{}{}/{}", kHangingKeys, note.partition, note.trades_from);
}

std::string hanging_value(HangingNote const& note) {
  return fmt::format("{}{}}}", kSince, note.since.time_since_epoch().count());
}

std::optional<HangingNote> read_hanging_note(std::string_view key, std::string_view value) {
  if (!key.starts_with(kHangingKeys) || !value.starts_with(kSince)) return std::nullopt;
  key.remove_prefix(kHangingKeys.size());
  value.remove_prefix(kSince.size());
  HangingNote note;
  std::int64_t since = 0;
  if (!take(key, note.partition) || !key.starts_with('/')) return std::nullopt;
  key.remove_prefix(1);
  if (!take(key, note.trades_from) || !key.empty()) return std::nullopt;
  if (!take(value, since) || value != "}") return std::nullopt;
  note.since = UtcTime{std::chrono::microseconds{since}};
  return note;
}

}  // namespace k2::sink
