#include "tools/verify/stored_trades.hpp"

#include <fmt/format.h>

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

/// Why the record contradicts itself, or nullptr.
char const* contradiction(sink::TradeRecord const& record, std::uint64_t sequence) noexcept {
  if (!record.source_sequence || *record.source_sequence < 0) return "no source_sequence";
  auto const id = static_cast<std::uint64_t>(*record.source_sequence);
  if (record.platform_sequence != static_cast<std::int64_t>(sequence)) {
    return "platform_sequence differs from its place";
  }
  if (!is_joined(record.trade_id, "BINANCE-", "", id)) return "trade_id differs from its id";
  constexpr std::string_view kPrefix = "binance-spot-";
  if (!record.message_id.starts_with(kPrefix) ||
      !is_joined(record.message_id.substr(kPrefix.size()), record.symbol, "-", id)) {
    return "message_id differs from symbol and id";
  }
  if (record.exchange != "BINANCE") return "exchange is not BINANCE";
  if (record.side != sink::RecordSide::kBuy && record.side != sink::RecordSide::kSell) {
    return "side is neither BUY nor SELL";
  }
  return nullptr;
}

}  // namespace

Result<StoredTrades> StoredTrades::open(std::filesystem::path const& data_dir) {
  auto reader = io::JournalReader::open(data_dir);
  if (!reader) return reader.error();
  auto const extent = reader->extent();
  if (!extent) return extent.error();
  StoredTrades trades{*std::move(reader)};
  trades.expected_sequence_ = extent->first_sequence;
  trades.end_sequence_ = extent->end_sequence;
  trades.records_ = extent->end_sequence - extent->first_sequence;
  return trades;
}

Result<bool> StoredTrades::next(StoredTrade& out) {
  for (;;) {
    while (left_in_block_ > 0) {
      if (take_record(out)) return true;
    }
    auto const more = next_block();
    if (!more) return more.error();
    if (!*more) return false;
  }
}

Result<bool> StoredTrades::next_block() {
  if (expected_sequence_ >= end_sequence_) return false;
  io::ReadStatus const status = reader_.next(block_);
  if (status == io::ReadStatus::kFailed) return reader_.error();
  if (status == io::ReadStatus::kEnd || block_.first_sequence >= end_sequence_) {
    if (expected_sequence_ < end_sequence_) {
      invalid_blocks_.add(
          fmt::format("no block holds sequences {} to {}", expected_sequence_, end_sequence_ - 1));
    }
    expected_sequence_ = end_sequence_;
    return false;
  }
  ++blocks_;
  if (status == io::ReadStatus::kCorrupt) {
    invalid_blocks_.add(reader_.error().detail);
    // Where it ends is not to be trusted; the next sound block tells where counting goes on.
    expected_sequence_ = 0;
    return true;
  }
  if (expected_sequence_ != 0 && block_.first_sequence != expected_sequence_) {
    invalid_blocks_.add(fmt::format("no block holds sequences {} to {}", expected_sequence_,
                                    block_.first_sequence - 1));
  }
  expected_sequence_ = block_.end_sequence();
  left_in_block_ = block_.count;
  offset_ = 0;
  return true;
}

bool StoredTrades::take_record(StoredTrade& out) {
  auto const sequence = block_.end_sequence() - left_in_block_;
  sink::AvroReader datums{std::string_view{block_.bytes}.substr(offset_)};
  bool const decoded = sink::read_trade(datums, record_);
  if (!decoded || (left_in_block_ == 1 && !datums.at_end())) {
    invalid_blocks_.add(fmt::format("the block at sequence {} holds no TradeV2 at sequence {}",
                                    block_.first_sequence, sequence));
    left_in_block_ = 0;
    return false;
  }
  offset_ = static_cast<std::size_t>(datums.place() - block_.bytes.data());
  --left_in_block_;
  ++records_read_;
  if (char const* const why = contradiction(record_, sequence); why != nullptr) {
    invalid_records_.add(fmt::format("sequence {}: {}", sequence, why));
    return false;
  }
  out = {.symbol = record_.symbol,
         .id = TradeId{static_cast<std::uint64_t>(*record_.source_sequence)},
         .content = {.price = record_.price,
                     .quantity = record_.quantity,
                     .time = record_.timestamp,
                     .sell = record_.side == sink::RecordSide::kSell},
         .late = record_.late(),
         .from_rest = record_.from_rest()};
  return true;
}

}  // namespace k2::verify
