#include "io/stream_watch.hpp"

#include "io/clock.hpp"
#include "io/log.hpp"
#include "io/process_memory.hpp"
#include "watch/status_json.hpp"

#include <algorithm>
#include <cstring>

namespace k2::io {
namespace {

using watch::Seconds;

/// Interval at which the exchange's time is queried, the interval while the clocks differ by more
/// than this limit, and the time of the first query.
constexpr std::chrono::seconds kClockInterval{300};
constexpr std::chrono::seconds kClockIntervalOff{10};
constexpr std::chrono::milliseconds kClockOff{100};
constexpr std::chrono::seconds kClockFirst{2};

}  // namespace

StreamWatch::StreamWatch(boost::asio::io_context& io, StreamWatchOptions options)
    : memory_timer_(io),
      options_(std::move(options)),
      started_(read_clock()),
      view_(started_.mono),
      clock_asked_(started_.mono + kClockFirst - kClockInterval) {}

Result<std::unique_ptr<StreamWatch>> StreamWatch::start(boost::asio::io_context& io,
                                                        StreamWatchOptions options) {
  std::unique_ptr<StreamWatch> watch{new StreamWatch{io, std::move(options)}};
  watch->sample_memory();
  auto const& listen = watch->options_.listen;
  if (!listen) return watch;
  auto server = WatchServer::start(*listen, watch->options_.hosts);
  if (!server) {
    return Error{Errc::kSocketFailed,
                 server.error().detail +
                     "; set metrics.listen (--metrics-listen) to another address, or to off"};
  }
  watch->server_ = *std::move(server);
  log_event(LogLevel::kInfo, "watch.listening",
            {{"address", listen->ip}, {"port", watch->server_->port()}});
  return watch;
}

void StreamWatch::publish(ShardRunner& runner, JournalThread const& journal_thread,
                          KafkaSink const* kafka) {
  Now const now = read_clock();
  ask_clock(runner, now.mono);
  auto snapshot = std::make_shared<watch::Snapshot>();
  snapshot->at = now;
  snapshot->version = options_.version;
  snapshot->commit = options_.commit;
  view_.show(runner.shard(), shell_counts(runner), now, *snapshot);
  snapshot->journal = journal(runner, journal_thread);
  if (kafka != nullptr) {
    snapshot->kafka = delivery(*kafka, journal_thread.status().durable_sequence, now.mono);
  }
  snapshot->process = read_process();
  snapshot->process.started = started_.utc;
  snapshot->process.leak_score = leak_score_.score();
  snapshot->process.leak_mb_per_hour = leak_score_.mb_per_hour();
  snapshot->per_symbol =
      options_.per_symbol == PerSymbol::kOn || (options_.per_symbol == PerSymbol::kAuto &&
                                                snapshot->tape.symbols.size() <= kPerSymbolAutoMax);
  published_ = std::move(snapshot);
  if (server_) server_->publish(published_);
}

shard::ShellCounts StreamWatch::shell_counts(ShardRunner const& runner) const {
  return {.lines = runner.book(),
          .gap_changes = runner.gap_changes(),
          .received_bytes = runner.received_bytes(),
          .clock_offset = runner.clock_offset(),
          .line_lifetime = options_.line_lifetime,
          .tls_verified = options_.tls_verified};
}

std::string StreamWatch::status_json() const {
  return published_ ? watch::status_json(*published_, read_clock().mono) : std::string{};
}

/// Queries more often while the clock is off: an operator who corrects it sees the effect soon.
void StreamWatch::ask_clock(ShardRunner& runner, MonoTime now) {
  auto const offset = runner.clock_offset();
  bool const off = offset && (*offset > kClockOff || *offset < -kClockOff);
  if (now - clock_asked_ < (off ? kClockIntervalOff : kClockInterval)) return;
  clock_asked_ = now;
  runner.measure_clock();
}

void StreamWatch::sample_memory() {
  memory_timer_.expires_after(options_.memory_interval);
  memory_timer_.async_wait([this](boost::system::error_code const& error) {
    if (error) return;
    MonoTime const now = memory_time(read_clock().mono);
    leak(now);
    leak_score_.sample(now, read_process().rss_bytes);
    sample_memory();
  });
}

/// The clock that memory goes by: the real one, but in a drill that samples more often, where each
/// interval passes for a whole one, so that an hour of memory takes a minute or less.
MonoTime StreamWatch::memory_time(MonoTime now) const {
  auto const pace = Seconds{kMemoryInterval} / Seconds{options_.memory_interval};
  return started_.mono +
         std::chrono::duration_cast<std::chrono::nanoseconds>((now - started_.mono) * pace);
}

/// A drill's leak: memory that is held and used, and never given back.
void StreamWatch::leak(MonoTime now) {
  if (options_.injected_mb_per_hour <= 0) return;
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  double const hours = Seconds{now - started_.mono}.count() / 3600;
  constexpr double kPiecesPerMb = (1 << 20) / double{kPiece};
  auto const wanted =
      static_cast<std::size_t>(options_.injected_mb_per_hour * hours * kPiecesPerMb);
  while (leaked_.size() < wanted) {
    leaked_.push_back(std::make_unique<char[]>(kPiece));
    std::memset(leaked_.back().get(), 1, kPiece);
  }
}

watch::KafkaSnapshot StreamWatch::delivery(KafkaSink const& kafka, std::uint64_t durable,
                                           MonoTime now) {
  KafkaStatus const status = kafka.status();
  return {.produced = status.produced,
          .failures = status.failures,
          .commits = status.commits,
          .failing = status.failing,
          .fenced = status.fenced,
          .member = status.member,
          .owned = status.owned,
          .turned = status.turned,
          .rebalances = status.rebalances,
          .aborts = status.aborts,
          .producers_replaced = status.producers_replaced,
          .transaction_limit = status.transaction_limit,
          .given_up = status.given_up,
          .surplus = status.surplus,
          .receive_committed = status.receive_to_commit,
          .lag_records = durable - std::min(durable, status.delivered_sequence),
          .lag = delivery_lag_.note(durable, status.delivered_sequence, now),
          .serializers = status.serializers,
          .evictions = status.evictions};
}

watch::JournalSnapshot StreamWatch::journal(ShardRunner const& runner,
                                            JournalThread const& thread) const {
  JournalStatus const status = thread.status();
  watch::JournalSnapshot journal{
      .commits = status.commits,
      .commit_time = status.commit_time,
      .failures = status.failures,
      .failing = status.failing,
      .lost = status.lost,
      .waiting_batches = status.waiting_batches,
      .turned = status.turned,
      .waiting_trades = runner.shard().status().next_sequence - status.durable_sequence,
      .bytes = folder_bytes(options_.data_dir),
      .retired_blocks = status.retired_blocks,
      .retired_trades = status.retired_records,
      .retired_letters = status.retired_letters,
      .receive_durable = thread.receive_to_durable()};
  std::error_code failed;
  auto const space = std::filesystem::space(options_.data_dir, failed);
  if (!failed) {
    journal.disk_free = space.available;
    journal.disk_size = space.capacity;
  }
  return journal;
}

}  // namespace k2::io
