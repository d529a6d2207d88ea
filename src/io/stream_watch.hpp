// Watches a stream: once a second, on the shard's thread, it copies what the machines have counted
// into a snapshot and publishes that to the watch server. By a timer of its own it samples memory
// for the leak score, and holds the leak that a drill injects. It decides nothing.
#pragma once

#include "core/result.hpp"
#include "io/journal_thread.hpp"
#include "io/kafka_sink.hpp"
#include "io/shard_runner.hpp"
#include "io/watch_server.hpp"
#include "shard/stream_view.hpp"
#include "watch/delivery_lag.hpp"
#include "watch/leak_score.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::io {

/// Selects whether a scrape has series for each symbol.
enum class PerSymbol : std::uint8_t {
  /// Up to kPerSymbolAutoMax symbols.
  kAuto,
  kOn,
  kOff,
};
inline constexpr std::size_t kPerSymbolAutoMax = 200;

/// Interval at which memory is sampled for the leak score.
inline constexpr std::chrono::seconds kMemoryInterval{30};

struct StreamWatchOptions {
  /// Nothing: no server.
  std::optional<ListenAddress> listen;
  /// Names of this machine that the server answers to.
  std::vector<std::string> hosts{};
  PerSymbol per_symbol = PerSymbol::kAuto;
  std::filesystem::path data_dir;
  std::chrono::nanoseconds line_lifetime{};
  bool tls_verified = true;
  std::string version;
  std::string commit;
  /// Shorter than kMemoryInterval in a drill; for the leak and its score time passes faster then,
  /// by as much.
  std::chrono::nanoseconds memory_interval = kMemoryInterval;
  /// Memory that a drill leaks on purpose. Units: MB (2^20 bytes) per hour, of the drill's time.
  double injected_mb_per_hour = 0;
};

class StreamWatch {
 public:
  /// Errors: kSocketFailed when the address cannot be had; the detail names cause and remedy.
  [[nodiscard]] static Result<std::unique_ptr<StreamWatch>> start(boost::asio::io_context& io,
                                                                  StreamWatchOptions options);
  /// Samples no more, so that its io_context can come to an end.
  void stop() { memory_timer_.cancel(); }

  /// Call it about once a second on the shard's thread; `kafka` may be null.
  void publish(ShardRunner& runner, JournalThread const& journal, KafkaSink const* kafka);
  /// Returns the last published snapshot as /api/status; empty before the first time.
  [[nodiscard]] std::string status_json() const;
  /// Returns the last published snapshot; null before the first time.
  [[nodiscard]] watch::Snapshot const* published() const noexcept { return published_.get(); }

 private:
  StreamWatch(boost::asio::io_context& io, StreamWatchOptions options);
  void ask_clock(ShardRunner& runner, MonoTime now);
  void sample_memory();
  [[nodiscard]] MonoTime memory_time(MonoTime now) const;
  void leak(MonoTime now);
  [[nodiscard]] shard::ShellCounts shell_counts(ShardRunner const& runner) const;
  [[nodiscard]] watch::KafkaSnapshot delivery(KafkaSink const& kafka, std::uint64_t durable,
                                              MonoTime now);
  [[nodiscard]] watch::JournalSnapshot journal(ShardRunner const& runner,
                                               JournalThread const& journal) const;

  boost::asio::steady_timer memory_timer_;
  StreamWatchOptions options_;
  std::unique_ptr<WatchServer> server_;
  std::shared_ptr<watch::Snapshot const> published_;
  watch::LeakScore leak_score_;
  watch::DeliveryLag delivery_lag_;
  Now started_;
  shard::StreamView view_;
  MonoTime clock_asked_;
  std::vector<std::unique_ptr<char[]>> leaked_;
};

}  // namespace k2::io
