// Stores recorded trade frames in a new journal, without a socket: `record_frames FRAMES DATA_DIR`.
// Some trades are made to look as if they had come by backfill, and some of those late, so that
// every branch of the record is exported; export_test.py knows by which rule.
#include "core/symbol.hpp"
#include "feed/trade_decoder.hpp"
#include "io/journal.hpp"
#include "io/line_file.hpp"
#include "sink/block.hpp"

#include <iostream>
#include <string>

namespace {

constexpr std::size_t kPadding = 64;  // the decoder reads up to this far behind a frame

void disguise(k2::Trade& trade) {
  trade.received_at = trade.event_at + std::chrono::microseconds{1'500};
  if (k2::value(trade.id) % 100 != 0) return;
  trade.origin = k2::Origin::kRest;
  trade.event_at = k2::kNoTime;
  trade.late = k2::value(trade.id) % 500 == 0;
}

int record(std::string const& frames, std::string const& data_dir) {
  auto file = k2::io::LineFile::open(frames).value();
  auto const journal = k2::io::Journal::open({.data_dir = data_dir}).value();
  k2::SymbolTable symbols;
  k2::sink::BlockBuilder builder{journal->next_sequence()};
  for (char const* name : {"BTCUSDT", "ETHUSDT"}) {
    auto const symbol = k2::Symbol::parse(name).value();
    builder.add_symbol(symbols.add(symbol), symbol, "USDT");
  }
  k2::feed::TradeDecoder decoder{symbols};
  k2::sink::Batch batch;
  auto const flush = [&] {
    builder.take(batch.block);
    journal->commit({&batch, 1}).value();
    batch.clear();
  };
  std::string_view line;
  std::string padded;
  while (file.next(line).value()) {
    padded.assign(line).append(kPadding, '\0');
    k2::Trade trade;
    if (decoder.decode({padded.data(), line.size()}, {}, trade) != k2::feed::FrameKind::kTrade) {
      std::cerr << "no trade: " << line << '\n';
      return 1;
    }
    disguise(trade);
    builder.append(trade);
    if (builder.full()) flush();
  }
  flush();
  journal->checkpoint().value();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: record_frames FRAMES DATA_DIR\n";
    return 2;
  }
  try {
    return record(argv[1], argv[2]);
  } catch (std::exception const& failure) {
    std::cerr << "record_frames: " << failure.what() << '\n';
    return 1;
  }
}
