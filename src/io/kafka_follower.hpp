// Carries the journal on into Kafka, on a thread of its own: reads blocks as they become durable
// and commits the records of symbols that it owns together with the positions that they move, what
// they change of declared gaps, and the journal's dead letters. It does what sink::Delivery
// decides; Kafka or the registry may be slow or away for as long as they like: the journal holds
// everything.
#pragma once

#include "io/followed_journal.hpp"
#include "io/heartbeat.hpp"
#include "io/kafka_group.hpp"
#include "io/kafka_loading.hpp"
#include "io/kafka_options.hpp"
#include "io/kafka_progress.hpp"
#include "io/kafka_session.hpp"
#include "io/wakeup.hpp"
#include "sink/commit_pace.hpp"
#include "sink/delivery.hpp"
#include "sink/serializer_cache.hpp"
#include "sink/trade_record.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace k2::io {

struct KafkaFollowerOptions {
  /// `process` is the name of the journal that is followed.
  KafkaOptions kafka;
  std::filesystem::path data_dir;
  /// Told, by the follower's thread, which symbols the shard is to carry; must return at once.
  std::function<void(sink::Recording)> on_recording = {};
  /// Pause after a failure: doubled from the first to the second.
  std::chrono::nanoseconds retry_first = std::chrono::milliseconds{200};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{10};
};

class KafkaFollower {
 public:
  /// Starts at once.
  explicit KafkaFollower(KafkaFollowerOptions options);
  /// Ends as finish() does, without patience.
  ~KafkaFollower();
  KafkaFollower(KafkaFollower const&) = delete;
  KafkaFollower& operator=(KafkaFollower const&) = delete;

  /// Says that the journal has grown. Any thread; never blocks.
  void wake() noexcept {
    if (!waits_turn_.load()) wakeup_.signal();
  }
  /// Delivers what the journal holds below `end_sequence`, for at most `patience`, leaves the group
  /// and ends the thread. False when something is left; it is delivered after the next start.
  bool finish(std::uint64_t end_sequence, std::chrono::nanoseconds patience);

  [[nodiscard]] KafkaStatus status() const;

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  [[nodiscard]] bool open_journal();
  void serve();
  [[nodiscard]] Result<void> step();
  [[nodiscard]] Result<void> hear_group(std::chrono::nanoseconds patience);
  [[nodiscard]] Result<void> open_session();
  void drop_session();
  void drop_loading();
  [[nodiscard]] Result<void> load();
  [[nodiscard]] Result<void> sweep_partitions();
  [[nodiscard]] Result<void> finish_loading();
  [[nodiscard]] Result<void> read();
  [[nodiscard]] bool is_turn();
  [[nodiscard]] Result<std::uint64_t> gather();
  [[nodiscard]] Result<void> deliver_block();
  [[nodiscard]] Result<void> look_at_gaps();
  [[nodiscard]] Result<void> fetch_letters();
  [[nodiscard]] Result<void> tell_gaps();
  [[nodiscard]] Result<void> begin_transaction();
  [[nodiscard]] Result<void> commit();
  void fail(Error const& error);
  void note_failure(Error const& error);
  void note_settled();
  void pause(std::chrono::nanoseconds time);
  /// Asked by all that waits, several times a second: what the heart beats by.
  [[nodiscard]] bool out_of_time() noexcept;
  [[nodiscard]] bool is_finishing() const noexcept {
    return finishing_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool finished() const noexcept;

  KafkaFollowerOptions options_;
  Wakeup wakeup_;
  /// It reads the journal anew after that anyway.
  std::atomic<bool> waits_turn_{false};
  Heartbeat heartbeat_;
  std::atomic<bool> finishing_{false};
  std::atomic<std::uint64_t> finish_at_{0};
  std::atomic<std::int64_t> give_up_at_ns_{0};

  // The thread's own.
  sink::SerializerCache serializers_;
  std::optional<JournalReader> reader_;
  std::optional<sink::Delivery> delivery_;
  std::optional<KafkaGroup> group_;
  std::optional<KafkaSession> session_;
  std::optional<KafkaLoading> loading_;
  /// Since positions were last read to their end.
  int sweeps_ = 0;
  std::vector<KafkaGroupChange> changes_;
  sink::Block block_;
  sink::TradeRecord record_;
  bool open_ = false;
  sink::CommitPace pace_;
  /// When the trades of the open transaction were received.
  std::vector<UtcTime> uncommitted_;
  std::vector<sink::MovedPosition> moved_;
  std::vector<sink::GapChange> gap_changes_;
  std::vector<sink::DeclaredGap> gaps_;
  std::vector<NumberedLetter> letters_;
  /// The journal has no more of them, as far as the end of the program is concerned.
  bool letters_done_ = false;
  std::chrono::nanoseconds retry_;

  KafkaProgress progress_;

  std::thread thread_;
};

}  // namespace k2::io
