#include "sink/trade_text.hpp"

#include "sink/flat_trade.hpp"
#include "sink/tape_name.hpp"

#include <fmt/format.h>

#include <iterator>

namespace k2::sink {
namespace {

__extension__ using Wide = unsigned __int128;

void append_number(std::int64_t number, std::string& out) {
  fmt::format_int const text{number};
  out.append(text.data(), text.size());
}

void append_decimal(std::int64_t mantissa, std::string& out) {
  char buffer[kDecimalTextMax];
  out.append(buffer, print_decimal(mantissa, buffer));
}

/// The product of two mantissas at scale 8, which may need more than 64 bits.
void append_product(std::int64_t left, std::int64_t right, std::string& out) {
  constexpr std::uint64_t kOne = 100'000'000;
  Wide const product = Wide{static_cast<std::uint64_t>(left)} * static_cast<std::uint64_t>(right);
  Wide const scaled = product / kOne;
  // The whole part is at most 2^126 / 10^16, which needs 73 bits: two halves of decimal digits.
  constexpr std::uint64_t kHalf = 10'000'000'000'000'000;
  Wide const whole = scaled / kOne;
  auto const high = static_cast<std::uint64_t>(whole / kHalf);
  auto const low = static_cast<std::uint64_t>(whole % kHalf);
  auto const places = static_cast<std::uint64_t>(scaled % kOne);
  if (high > 0) {
    fmt::format_to(std::back_inserter(out), "{}{:016}.{:08}", high, low, places);
  } else {
    fmt::format_to(std::back_inserter(out), "{}.{:08}", low, places);
  }
}

void append_instant(UtcTime time, std::string& out) {
  append_number(time.time_since_epoch().count(), out);
}

/// Quotes a text that is UTF-8 as JSON requires it.
void append_quoted(std::string_view text, std::string& out) {
  out += '"';
  for (char const letter : text) {
    if (letter == '"' || letter == '\\') {
      out += '\\';
      out += letter;
    } else if (static_cast<unsigned char>(letter) < 0x20) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(letter));
    } else {
      out += letter;
    }
  }
  out += '"';
}

void append_optional(std::optional<std::int64_t> number, std::string& out) {
  if (number) {
    append_number(*number, out);
  } else {
    out += "null";
  }
}

void append_conditions(TradeRecord const& record, std::string& out) {
  out += '[';
  for (auto const& condition : record.trade_conditions) {
    if (out.back() != '[') out += ',';
    append_quoted(condition, out);
  }
  out += ']';
}

void append_vendor_data(TradeRecord const& record, std::string& out) {
  if (!record.vendor_data) {
    out += "null";
    return;
  }
  out += '{';
  for (auto const& [key, text] : *record.vendor_data) {
    if (out.back() != '{') out += ',';
    append_quoted(key, out);
    out += ':';
    append_quoted(text, out);
  }
  out += '}';
}

void append_joined_conditions(TradeRecord const& record, std::string& out) {
  std::string joined;
  for (auto const& condition : record.trade_conditions) {
    if (!joined.empty()) joined += ',';
    joined += condition;
  }
  append_quoted(joined, out);
}

/// Quotes a text as RFC 4180 requires it, if necessary.
void append_csv_text(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (char const letter : text) {
    if (letter == '"') out += '"';
    out += letter;
  }
  out += '"';
}

/// The columns that both forms of CSV have, but for the truth values.
void append_csv_numbers(TradeRecord const& record, std::string& out) {
  append_optional(record.source_sequence, out);
  out += ',';
  append_decimal(record.price.mantissa(), out);
  out += ',';
  append_decimal(record.quantity.mantissa(), out);
  out += ',';
  append_product(record.price.mantissa(), record.quantity.mantissa(), out);
  out += ',';
  append_instant(record.timestamp, out);
}

/// The fields of a JSON line up to the side; both forms have them.
void append_json_head(TradeRecord const& record, std::string& out) {
  out += "{\"message_id\":";
  append_quoted(record.message_id, out);
  out += ",\"trade_id\":";
  append_quoted(record.trade_id, out);
  out += ",\"symbol\":";
  append_quoted(record.symbol, out);
  out += ",\"exchange\":";
  append_quoted(record.exchange, out);
  out += ",\"asset_class\":";
  append_quoted(asset_class_name(record.asset_class), out);
  out += ",\"timestamp\":";
  append_instant(record.timestamp, out);
  out += ",\"price\":\"";
  append_decimal(record.price.mantissa(), out);
  out += "\",\"quantity\":\"";
  append_decimal(record.quantity.mantissa(), out);
  out += "\",\"currency\":";
  append_quoted(record.currency, out);
  out += ",\"side\":";
  append_quoted(side_name(record.side), out);
}

void append_json_sequences(TradeRecord const& record, std::string& out) {
  out += ",\"source_sequence\":";
  append_optional(record.source_sequence, out);
  out += ",\"ingestion_timestamp\":";
  append_instant(record.ingestion_timestamp, out);
  out += ",\"platform_sequence\":";
  append_optional(record.platform_sequence, out);
}

}  // namespace

void append_table_row(TradeRecord const& record, std::string& out) {
  append_csv_text(record.symbol, out);
  out += ',';
  append_csv_numbers(record, out);
  out += record.side == RecordSide::kSell ? ",true,true," : ",false,true,";
  append_number(generation_of(record), out);
  out += '\n';
}

void append_csv_row(TradeRecord const& record, std::string& out) {
  append_csv_numbers(record, out);
  out += record.side == RecordSide::kSell ? ",True,True\n" : ",False,True\n";
}

void append_flat_json_line(TradeRecord const& record, std::string& out) {
  append_json_head(record, out);
  out += ",\"trade_conditions\":";
  append_joined_conditions(record, out);
  append_json_sequences(record, out);
  out += ",\"origin\":";
  append_quoted(origin_name(record), out);
  out += ",\"event_timestamp\":";
  append_instant(record.event_timestamp.value_or(UtcTime{}), out);
  out += ",\"tape_generation\":";
  append_number(generation_of(record), out);
  out += "}\n";
}

void append_json_line(TradeRecord const& record, std::string& out) {
  append_json_head(record, out);
  out += ",\"trade_conditions\":";
  append_conditions(record, out);
  append_json_sequences(record, out);
  out += ",\"vendor_data\":";
  append_vendor_data(record, out);
  out += ",\"event_timestamp\":";
  if (record.event_timestamp) {
    append_instant(*record.event_timestamp, out);
  } else {
    out += "null";
  }
  out += "}\n";
}

}  // namespace k2::sink
