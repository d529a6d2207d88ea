// Delivers the journal into Kafka, on a thread of its own. sink::DeliveryDriver decides everything;
// this class runs it, waits for the time that it returns, and is woken when the journal has grown.
// Kafka or the registry may be slow or down for any time: the journal holds everything.
#pragma once

#include "io/heartbeat.hpp"
#include "io/kafka_options.hpp"
#include "io/kafka_progress.hpp"
#include "io/wakeup.hpp"
#include "sink/delivery.hpp"
#include "sink/delivery_driver.hpp"
#include "sink/lost_ids.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <thread>
#include <vector>

namespace k2::io {

struct KafkaSinkOptions {
  /// `process` is the name of the journal that is delivered.
  KafkaOptions kafka;
  std::filesystem::path data_dir;
  /// Receives, on the sink's thread, which symbols the shard is to record. Must not block.
  std::function<void(sink::Recording)> on_recording = {};
  /// Receives, on the sink's thread, ids that the shard is to fetch again. Must not block.
  std::function<void(std::vector<sink::SymbolIds>)> on_lost_ids = {};
  /// Pause after a failure; it doubles from the first value to the second.
  std::chrono::nanoseconds retry_first = std::chrono::milliseconds{200};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{10};
};

class KafkaSink : private sink::DeliveryObserver {
 public:
  /// Starts the thread.
  explicit KafkaSink(KafkaSinkOptions options);
  /// Ends as finish() does, without patience.
  ~KafkaSink() override;
  KafkaSink(KafkaSink const&) = delete;
  KafkaSink& operator=(KafkaSink const&) = delete;

  /// Reports that the journal has grown. Any thread; never blocks.
  void wake() noexcept {
    if (!ignores_journal_.load()) wakeup_.signal();
  }
  /// Delivers what the journal holds below `end_sequence`, for at most `patience`, leaves the group
  /// and ends the thread. Returns false when something is left; the next start delivers it.
  bool finish(std::uint64_t end_sequence, std::chrono::nanoseconds patience);

  [[nodiscard]] KafkaStatus status() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void deliver(sink::DeliveryDriver& driver);
  void rest(sink::DriverWait wait);
  void on_event(sink::DeliveryEvent const& event) override;
  void on_committed(std::span<UtcTime const> received, UtcTime now) override;
  void log_failure(Error const& error);
  /// Returns true when finish() has run out of patience. Everything that waits calls it several
  /// times a second, so that it also keeps the heartbeat of the thread.
  [[nodiscard]] bool out_of_time() noexcept;
  [[nodiscard]] bool is_finishing() const noexcept {
    return finishing_.load(std::memory_order_acquire);
  }

  KafkaSinkOptions options_;
  Wakeup wakeup_;
  /// True while new records of the journal do not end the wait.
  std::atomic<bool> ignores_journal_{false};
  Heartbeat heartbeat_;
  std::atomic<bool> finishing_{false};
  std::atomic<std::uint64_t> finish_at_{0};
  std::atomic<std::int64_t> give_up_at_ns_{0};
  KafkaProgress progress_;

  std::thread thread_;
};

}  // namespace k2::io
