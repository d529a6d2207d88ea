#include "sink/trade_encoder.hpp"

#include "core/assert.hpp"
#include "sink/avro.hpp"
#include "sink/tape_name.hpp"

#include <charconv>

namespace k2::sink {
namespace {

using namespace std::string_view_literals;

constexpr auto kTradeIdPrefix = "BINANCE-"sv;
constexpr std::size_t kIdDigitsMax = 20;
constexpr std::int64_t kCrypto = 1;  // index of the symbol in the enum asset_class

// Constant pieces, already encoded. \x02 opens: union branch 1, or one item (zigzag of 1).
constexpr auto kNoConditions = "\x00"sv;
constexpr auto kConditionLate = "\x02\x08LATE\x00"sv;
constexpr auto kNull = "\x00"sv;
constexpr auto kOriginRest = "\x02\x02\x0corigin\x08rest\x00"sv;
constexpr char kPresent = '\x02';

char* write_instant(char* to, UtcTime at) noexcept {
  return write_long(to, at.time_since_epoch().count());
}

char* write_optional(char* to, std::int64_t number) noexcept {
  *to = kPresent;
  return write_long(to + 1, number);
}

std::string message_prefix_of(std::string_view tape) {
  return std::string{kMessagePrefix}.append(tape).append("-");
}

}  // namespace

void TradeEncoder::add_symbol(SymbolIndex index, Symbol const& symbol, std::string_view currency) {
  K2_ASSERT(value(index) == parts_.size());
  K2_ASSERT(currency.size() <= kSymbolBytesMax);
  std::string text = message_prefix_of(symbol.text());
  Parts parts;
  parts.prefix_length = static_cast<std::uint8_t>(text.size());
  append_bytes(symbol.text(), text);
  append_bytes("BINANCE", text);
  append_long(kCrypto, text);
  parts.names_length = static_cast<std::uint8_t>(text.size() - parts.prefix_length);
  std::size_t const currency_at = text.size();
  append_bytes(currency, text);
  parts.currency_length = static_cast<std::uint8_t>(text.size() - currency_at);
  K2_ASSERT(text.size() <= sizeof parts.text);
  text.copy(parts.text, text.size());
  parts_.push_back(parts);
}

void TradeEncoder::set_tape(SymbolIndex index, std::string_view tape) {
  K2_ASSERT(value(index) < parts_.size());
  Parts const before = parts_[value(index)];
  std::string text = message_prefix_of(tape);
  Parts& parts = parts_[value(index)];
  parts.prefix_length = static_cast<std::uint8_t>(text.size());
  text.append(before.names()).append(before.currency());
  K2_ASSERT(text.size() <= sizeof parts.text);
  text.copy(parts.text, text.size());
}

void TradeEncoder::append(Trade const& trade, std::uint64_t platform_sequence,
                          std::string& out) const {
  K2_ASSERT(value(trade.symbol) < parts_.size());
  Parts const& parts = parts_[value(trade.symbol)];
  auto const id = value(trade.id);

  char digits_buffer[kIdDigitsMax];
  char const* const digits_end = std::to_chars(digits_buffer, digits_buffer + kIdDigitsMax, id).ptr;
  std::string_view const digits{digits_buffer,
                                static_cast<std::size_t>(digits_end - digits_buffer)};

  char datum[kDatumBytesMax];
  char* at = write_long(datum, std::ssize(parts.message_prefix()) + std::ssize(digits));
  at = write_raw(at, parts.message_prefix());
  at = write_raw(at, digits);
  at = write_long(at, std::ssize(kTradeIdPrefix) + std::ssize(digits));
  at = write_raw(at, kTradeIdPrefix);
  at = write_raw(at, digits);
  at = write_raw(at, parts.names());
  at = write_instant(at, trade.traded_at);
  at = write_decimal(at, trade.price.mantissa());
  at = write_decimal(at, trade.quantity.mantissa());
  at = write_raw(at, parts.currency());
  at = write_long(at, trade.side == Side::kBuy ? 0 : 1);
  at = write_raw(at, trade.late ? kConditionLate : kNoConditions);
  at = write_optional(at, static_cast<std::int64_t>(id));
  at = write_instant(at, trade.received_at);
  at = write_optional(at, static_cast<std::int64_t>(platform_sequence));
  at = write_raw(at, trade.origin == Origin::kRest ? kOriginRest : kNull);
  at = trade.event_at == kNoTime ? write_raw(at, kNull)
                                 : write_optional(at, trade.event_at.time_since_epoch().count());
  out.append(datum, static_cast<std::size_t>(at - datum));
}

}  // namespace k2::sink
