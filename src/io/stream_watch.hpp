// Watches a stream: once a second, on the shard's thread, it copies what the machines have counted
// into a snapshot and publishes that to the watch server. It also samples memory for the leak
// score, and holds the leak that a drill injects. It decides nothing.
#pragma once

#include "core/result.hpp"
#include "io/journal_thread.hpp"
#include "io/kafka_follower.hpp"
#include "io/shard_runner.hpp"
#include "io/watch_server.hpp"
#include "shard/stream_view.hpp"
#include "watch/delivery_lag.hpp"
#include "watch/leak_score.hpp"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::io {

/// Whether a scrape has series for each symbol.
enum class PerSymbol : std::uint8_t {
  /// Up to kPerSymbolAutoMax symbols.
  kAuto,
  kOn,
  kOff,
};
inline constexpr std::size_t kPerSymbolAutoMax = 200;

struct StreamWatchOptions {
  /// Nothing: no server.
  std::optional<ListenAddress> listen;
  PerSymbol per_symbol = PerSymbol::kAuto;
  std::filesystem::path data_dir;
  std::chrono::nanoseconds line_lifetime{};
  bool tls_verified = true;
  std::string version;
  std::string commit;
  /// How often memory is sampled for the leak score.
  std::chrono::nanoseconds memory_interval = std::chrono::seconds{30};
  /// Memory that a drill leaks on purpose. Units: MB (2^20 bytes) per hour.
  double injected_mb_per_hour = 0;
};

class StreamWatch {
 public:
  /// Errors: kSocketFailed when the address cannot be had; the detail names cause and remedy.
  [[nodiscard]] static Result<std::unique_ptr<StreamWatch>> start(StreamWatchOptions options);

  /// To be called about once a second on the shard's thread; `kafka` may be null.
  void publish(ShardRunner& runner, JournalThread const& journal, KafkaFollower const* kafka);
  /// What was published last, as /api/status gives it; empty before the first time.
  [[nodiscard]] std::string status_json() const;

 private:
  explicit StreamWatch(StreamWatchOptions options);
  void sample_memory(MonoTime now);
  void leak(MonoTime now);
  [[nodiscard]] shard::ShellCounts shell_counts(ShardRunner const& runner) const;
  [[nodiscard]] watch::KafkaSnapshot delivery(KafkaFollower const& kafka, std::uint64_t durable,
                                              MonoTime now);
  [[nodiscard]] watch::JournalSnapshot journal(ShardRunner const& runner,
                                               JournalThread const& journal) const;

  StreamWatchOptions options_;
  std::unique_ptr<WatchServer> server_;
  std::shared_ptr<watch::Snapshot const> published_;
  watch::LeakScore leak_score_;
  watch::DeliveryLag delivery_lag_;
  Now started_;
  shard::StreamView view_;
  MonoTime memory_at_;
  MonoTime clock_at_;
  std::vector<std::unique_ptr<char[]>> leaked_;
};

}  // namespace k2::io
