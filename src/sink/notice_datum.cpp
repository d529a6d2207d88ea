#include "sink/notice_datum.hpp"

#include "core/assert.hpp"
#include "core/symbol.hpp"
#include "core/utf8.hpp"
#include "sink/avro.hpp"

#include <algorithm>
#include <utility>

namespace k2::sink {
namespace {

constexpr std::string_view kExchange = "BINANCE";

void append_instant(UtcTime at, std::string& out) {
  append_long(at.time_since_epoch().count(), out);
}

void append_id(TradeId id, std::string& out) {
  append_long(static_cast<std::int64_t>(value(id)), out);
}

/// Converts detail that may quote bytes to UTF-8, which a string of Avro must be.
std::string text_of(std::string detail) {
  if (is_utf8(detail)) return detail;
  std::ranges::replace_if(
      detail, [](char byte) { return static_cast<signed char>(byte) < 0; }, '?');
  return detail;
}

bool read_text(AvroReader& datum, std::string& out) {
  std::string_view text;
  if (!datum.read_bytes(text)) return false;
  out = text;
  return true;
}

bool read_id(AvroReader& datum, TradeId& id) {
  std::int64_t number = 0;
  if (!datum.read_long(number) || number < 0) return false;
  id = TradeId{static_cast<std::uint64_t>(number)};
  return true;
}

}  // namespace

void append_gap(DeclaredGap const& gap, std::string_view journal, std::string& out) {
  K2_ASSERT(gap.state != GapState::kElsewhere);
  append_bytes(gap.symbol, out);
  append_bytes(kExchange, out);
  append_id(gap.ids.first, out);
  append_id(gap.ids.last, out);
  append_long(static_cast<std::int64_t>(gap.state), out);  // the enums have one order
  append_bytes(gap.why, out);
  append_instant(gap.declared_at, out);
  append_bytes(journal, out);
}

bool read_gap(std::string_view datum, DeclaredGap& gap) {
  AvroReader reader{datum};
  std::string_view text;
  std::int64_t state = 0;
  std::int64_t declared_us = 0;
  bool const read = read_text(reader, gap.symbol) && reader.read_bytes(text) &&
                    read_id(reader, gap.ids.first) && read_id(reader, gap.ids.last) &&
                    reader.read_long(state) && read_text(reader, gap.why) &&
                    reader.read_long(declared_us) && reader.read_bytes(text) && reader.at_end();
  if (!read || state < 0 || state > static_cast<std::int64_t>(GapState::kVenue)) return false;
  gap.state = static_cast<GapState>(state);
  gap.declared_at = UtcTime{std::chrono::microseconds{declared_us}};
  return gap.ids.first <= gap.ids.last;
}

void append_dead_letter(DeadLetter const& letter, std::string_view journal, std::uint64_t number,
                        std::string& out) {
  auto const symbol = symbol_in(letter.bytes);
  append_long(symbol.empty() ? 0 : 1, out);
  if (!symbol.empty()) append_bytes(symbol, out);
  append_bytes(kExchange, out);
  append_instant(letter.received_at, out);
  append_bytes(letter.reason, out);
  append_bytes(text_of(letter.detail), out);
  append_bytes(std::string_view{letter.bytes}.substr(0, kLetterBytesMax), out);
  append_long(static_cast<std::int64_t>(letter.bytes.size()), out);
  append_bytes(journal, out);
  append_long(static_cast<std::int64_t>(number), out);
}

bool is_dead_letter(std::string_view datum) {
  AvroReader reader{datum};
  std::string_view text;
  std::int64_t number = 0;
  if (!reader.read_long(number) || number < 0 || number > 1) return false;
  if (number == 1 && !reader.read_bytes(text)) return false;
  return reader.read_bytes(text) && reader.read_long(number) && reader.read_bytes(text) &&
         reader.read_bytes(text) && reader.read_bytes(text) && reader.read_long(number) &&
         reader.read_bytes(text) && reader.read_long(number) && reader.at_end();
}

std::string symbol_in(std::string_view bytes) {
  // A trade names it itself; of what is cut before that, its stream tells.
  for (auto const& [key, end] : {std::pair{R"("s":")", '"'}, std::pair{R"("stream":")", '@'}}) {
    auto const at = bytes.find(key);
    if (at == std::string_view::npos) continue;
    auto const rest = bytes.substr(at + std::string_view{key}.size());
    auto const length = rest.find(end);
    if (length == std::string_view::npos) continue;
    if (auto const symbol = Symbol::parse(rest.substr(0, length))) return symbol->text();
  }
  return {};
}

}  // namespace k2::sink
