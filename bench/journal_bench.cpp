// The store's side alone: trades into blocks into the journal's thread, as fast as it takes them,
// until all are durable. Its RSS and rate bound what wire -> journal can reach.
#include "bench/usage.hpp"
#include "io/journal_thread.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>

namespace k2::bench {
namespace {

Trade trade_number(std::uint64_t number) {
  Trade trade;
  trade.side = number % 3 == 0 ? Side::kSell : Side::kBuy;
  trade.id = TradeId{3'735'683'259 + number};
  trade.price = Price::from_mantissa(6'183'763'000'000 + static_cast<std::int64_t>(number % 1'000));
  trade.quantity = Quantity::from_mantissa(2'000'000 + static_cast<std::int64_t>(number % 77));
  trade.traded_at =
      UtcTime{std::chrono::microseconds{1'723'161'255'342'000 + static_cast<std::int64_t>(number)}};
  trade.event_at = trade.traded_at + std::chrono::microseconds{900};
  trade.received_at = trade.event_at + std::chrono::microseconds{2'000};
  return trade;
}

void push(io::JournalThread& journal, sink::BlockBuilder& builder) {
  auto batch = journal.take_emptied();
  builder.take(batch.block);
  while (!journal.try_push(std::move(batch))) std::this_thread::yield();
}

int run(std::string const& dir, std::uint64_t records) {
  ::alarm(120);
  io::JournalThread journal{io::Journal::open({.data_dir = dir}).value()};
  Stopwatch const watch;
  sink::BlockBuilder builder{1};
  builder.add_symbol(SymbolIndex{0}, Symbol::parse("BTCUSDT").value(), "USDT");
  for (std::uint64_t number = 0; number < records; ++number) {
    builder.append(trade_number(number));
    if (builder.full()) push(journal, builder);
  }
  if (!builder.empty()) push(journal, builder);
  while (journal.status().durable_sequence < records + 1) {
    std::this_thread::sleep_for(std::chrono::microseconds{200});
  }
  fmt::print("{}", watch.report("store", records));
  return journal.stop() ? 0 : 1;
}

}  // namespace
}  // namespace k2::bench

int main(int argc, char** argv) {
  std::string dir;
  std::uint64_t records = 2'000'000;
  CLI::App app{"the journal alone, for the benches"};
  app.add_option("--dir", dir, "an empty data directory")->required();
  app.add_option("--records", records, "how many to store");
  CLI11_PARSE(app, argc, argv);
  try {
    return k2::bench::run(dir, records);
  } catch (std::exception const& error) {
    fmt::print(stderr, "journal_bench: {}\n", error.what());
    return 1;
  }
}
