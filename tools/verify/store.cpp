#include "tools/verify/store.hpp"

#include "sink/tape_name.hpp"

#include <charconv>

namespace k2::verify {
namespace {

/// True when the text is `prefix`, `middle` and the number's digits.
bool is_joined(std::string_view text, std::string_view prefix, std::string_view middle,
               std::uint64_t number) noexcept {
  char digits[20];
  char const* const end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  std::string_view const tail{digits, static_cast<std::size_t>(end - digits)};
  return text.size() == prefix.size() + middle.size() + tail.size() && text.starts_with(prefix) &&
         text.substr(prefix.size()).starts_with(middle) && text.ends_with(tail);
}

}  // namespace

char const* contradiction(sink::TradeRecord const& record) noexcept {
  if (!record.source_sequence || *record.source_sequence < 0) return "no source_sequence";
  auto const id = static_cast<std::uint64_t>(*record.source_sequence);
  if (!record.platform_sequence) return "no platform_sequence";
  if (!is_joined(record.trade_id, "BINANCE-", "", id)) return "trade_id differs from its id";
  constexpr std::string_view kPrefix = sink::kMessagePrefix;
  if (!record.message_id.starts_with(kPrefix) ||
      !is_joined(record.message_id.substr(kPrefix.size()), sink::tape_of(record), "-", id)) {
    return "message_id differs from symbol and id";
  }
  if (record.exchange != "BINANCE") return "exchange is not BINANCE";
  if (record.side != sink::RecordSide::kBuy && record.side != sink::RecordSide::kSell) {
    return "side is neither BUY nor SELL";
  }
  return nullptr;
}

StoredTrade stored_trade(sink::TradeRecord const& record) noexcept {
  return {.symbol = sink::tape_of(record),
          .id = TradeId{static_cast<std::uint64_t>(*record.source_sequence)},
          .content = {.price = record.price,
                      .quantity = record.quantity,
                      .time = record.timestamp,
                      .sell = record.side == sink::RecordSide::kSell},
          .late = record.late(),
          .from_rest = record.from_rest()};
}

}  // namespace k2::verify
