// K2's own side of the process-level rows, through the real classes:
//   accept   WsLine, decoder, continuity: TLS receive -> accepted trade
//   encode   the same, and each accepted trade into a block
//   journal  the whole Shard and the journal's thread: wire -> durable
#include "bench/frame_source.hpp"
#include "bench/usage.hpp"
#include "feed/endpoint.hpp"
#include "feed/trade_decoder.hpp"
#include "flow/continuity.hpp"
#include "io/journal_thread.hpp"
#include "io/log.hpp"
#include "io/shard_runner.hpp"
#include "io/ws_line.hpp"
#include "sink/block.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace k2::bench {
namespace {

struct ReceiveOptions {
  std::string what = "accept";
  std::uint16_t port = 0;
  std::string ca;
  std::string dir;
  std::uint64_t frames = 0;
  std::size_t symbols = 1;
  unsigned seconds_max = 120;
};

feed::Endpoint pump(ReceiveOptions const& options) {
  return {.tls = true, .host = "localhost", .port = std::to_string(options.port), .base_path = {}};
}

/// A shard's processing of a connection's frames, without the journal.
class Receiver {
 public:
  explicit Receiver(ReceiveOptions const& options)
      : options_(options),
        tls_(io::make_tls_client({.verify = true, .custom_ca_bundle = options.ca}).value()) {
    for (std::size_t number = 0; number < options.symbols; ++number) {
      auto const symbol = Symbol::parse(symbol_name(number, options.symbols)).value();
      auto const index = symbols_.add(symbol);
      continuity_.add_symbol(index, std::nullopt, {}, MonoTime{});
      builder_.add_symbol(index, symbol, "USDT");
    }
  }

  void run() {
    io::WsLine::Handlers handlers;
    handlers.on_open = [] {};
    handlers.on_text = [this](std::string_view frame, Now const& now) { on_text(frame, now); };
    handlers.on_pong = [] {};
    handlers.on_batch_end = [this](Now const&) { on_batch_end(); };
    handlers.on_close = [this](Error const& error, auto) {
      failure_ = error;
      io_.stop();
    };
    line_ = io::WsLine::open(io_, pump(options_), "/stream?streams=x", tls_.get(),
                             std::chrono::seconds{10}, Rng{1}, std::move(handlers));
    io_.run();
    if (accepted_ != options_.frames) {
      throw std::runtime_error(fmt::format("{} of {} trades were accepted; {}", accepted_,
                                           options_.frames, failure_.to_string()));
    }
  }

 private:
  void on_text(std::string_view frame, Now const& now) {
    Trade trade;
    if (decoder_.decode(frame, now.utc, trade) != feed::FrameKind::kTrade) return;
    continuity_.on_trade(trade, now.mono);
  }

  void on_batch_end() {
    auto& accepted = continuity_.accepted();
    accepted_ += accepted.size();
    if (options_.what == "encode") {
      for (Trade const& trade : accepted) {
        builder_.append(trade);
        if (builder_.full()) builder_.take(block_);
      }
    }
    accepted.clear();
    if (accepted_ == options_.frames) io_.stop();
  }

  ReceiveOptions const& options_;
  boost::asio::io_context io_{1};
  io::SslCtx tls_;
  SymbolTable symbols_;
  feed::TradeDecoder decoder_{symbols_};
  flow::Continuity continuity_{flow::ContinuityOptions{}};
  sink::BlockBuilder builder_{1};
  sink::Block block_;
  std::shared_ptr<io::WsLine> line_;
  std::uint64_t accepted_ = 0;
  Error failure_;
};

io::ShardRunnerOptions shard_options(ReceiveOptions const& options, std::uint64_t next_sequence) {
  io::ShardRunnerOptions made;
  for (std::size_t number = 0; number < options.symbols; ++number) {
    made.shard.symbols.push_back(
        {.symbol = Symbol::parse(symbol_name(number, options.symbols)).value(),
         .currency = "USDT",
         .position = std::nullopt,
         .open_gaps = {}});
  }
  made.stream_endpoints = {pump(options)};
  // The frames must be complete: there is no REST server for a request.
  made.rest.endpoints = {{.tls = false, .host = "localhost", .port = "1", .base_path = {}}};
  made.tls.custom_ca_bundle = options.ca;
  made.shard.next_sequence = next_sequence;
  return made;
}

/// The shard as `k2 stream` runs it, until the last trade is durable.
void run_shard(ReceiveOptions const& options) {
  auto journal = io::Journal::open({.data_dir = options.dir}).value();
  std::uint64_t const first = journal->next_sequence();
  boost::asio::io_context io{1};
  std::atomic<io::JournalThread*> running{nullptr};
  io::JournalThreadOptions journal_options;
  // Room for the whole run: a disk that cannot keep up then shows as time, not as a backfill.
  journal_options.waiting_batches_max = 1'024 + options.frames / 128;
  journal_options.on_progress = [&] {
    auto* const thread = running.load();
    if (thread != nullptr && thread->status().durable_sequence >= first + options.frames) io.stop();
  };
  io::JournalThread thread{std::move(journal), journal_options};
  running = &thread;
  io::ShardRunner shard{io, shard_options(options, first), thread};
  shard.start();
  io.run();
  bool const drained = shard.stop();
  auto const stored = thread.status().durable_sequence - first;
  if (!thread.stop() || !drained || stored != options.frames) {
    throw std::runtime_error(fmt::format("{} of {} trades were stored", stored, options.frames));
  }
}

int run(ReceiveOptions const& options) {
  ::alarm(options.seconds_max);
  io::start_log({.level = io::LogLevel::kWarn});
  Stopwatch const watch;
  if (options.what == "journal") {
    run_shard(options);
  } else {
    Receiver receiver{options};
    receiver.run();
  }
  fmt::print("{}", watch.report(options.what, options.frames));
  io::stop_log();
  return 0;
}

}  // namespace
}  // namespace k2::bench

int main(int argc, char** argv) {
  k2::bench::ReceiveOptions options;
  CLI::App app{"K2's receiving side, for the benches"};
  app.add_option("what", options.what, "accept, encode or journal")
      ->check(CLI::IsMember({"accept", "encode", "journal"}));
  app.add_option("--port", options.port, "of the pump")->required();
  app.add_option("--ca", options.ca, "what signed the pump's certificate")->required();
  app.add_option("--dir", options.dir, "data directory of the journal");
  app.add_option("--frames", options.frames, "how many to read")->required();
  app.add_option("--symbols", options.symbols, "as the pump's")->check(CLI::Range(1, 9'999));
  app.add_option("--seconds-max", options.seconds_max, "give up after this long");
  CLI11_PARSE(app, argc, argv);
  try {
    return k2::bench::run(options);
  } catch (std::exception const& error) {
    fmt::print(stderr, "receive_bench: {}\n", error.what());
    return 1;
  }
}
