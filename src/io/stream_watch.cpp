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

/// How often the exchange is asked for its time, and when first.
constexpr std::chrono::minutes kClockInterval{5};
constexpr std::chrono::seconds kClockFirst{2};

}  // namespace

StreamWatch::StreamWatch(StreamWatchOptions options)
    : options_(std::move(options)),
      started_(read_clock()),
      view_(started_.mono),
      memory_at_(started_.mono),
      clock_at_(started_.mono + kClockFirst) {}

Result<std::unique_ptr<StreamWatch>> StreamWatch::start(StreamWatchOptions options) {
  std::unique_ptr<StreamWatch> watch{new StreamWatch{std::move(options)}};
  auto const& listen = watch->options_.listen;
  if (!listen) return watch;
  auto server = WatchServer::start(*listen);
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
                          KafkaFollower const* kafka) {
  Now const now = read_clock();
  leak(now.mono);
  sample_memory(now.mono);
  if (now.mono >= clock_at_) {
    clock_at_ = now.mono + kClockInterval;
    runner.measure_clock();
  }
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

void StreamWatch::sample_memory(MonoTime now) {
  if (now < memory_at_) return;
  memory_at_ = now + options_.memory_interval;
  leak_score_.sample(now, read_process().rss_bytes);
}

/// A drill's leak: memory that is held and used, and never given back.
void StreamWatch::leak(MonoTime now) {
  if (options_.injected_mb_per_hour <= 0) return;
  constexpr std::size_t kPiece = std::size_t{64} * 1024;
  double const hours = Seconds{now - started_.mono}.count() / 3600;
  auto const wanted = static_cast<std::size_t>(options_.injected_mb_per_hour * hours *
                                               static_cast<double>((1 << 20) / kPiece));
  while (leaked_.size() < wanted) {
    leaked_.push_back(std::make_unique<char[]>(kPiece));
    std::memset(leaked_.back().get(), 1, kPiece);
  }
}

watch::KafkaSnapshot StreamWatch::delivery(KafkaFollower const& kafka, std::uint64_t durable,
                                           MonoTime now) {
  KafkaStatus const status = kafka.status();
  return {.produced = status.produced,
          .failures = status.failures,
          .commits = status.commits,
          .failing = status.failing,
          .fenced = status.fenced,
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
      .waiting_batches = status.waiting_batches,
      .waiting_trades = runner.shard().status().next_sequence - status.durable_sequence,
      .bytes = folder_bytes(options_.data_dir),
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
