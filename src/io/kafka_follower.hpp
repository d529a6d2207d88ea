// Carries the journal on into Kafka, on a thread of its own: reads blocks as they become durable
// and commits their records together with the positions that they move. Kafka or the registry may
// be slow or away for as long as they like: the journal holds everything, and after every failure
// a new producer goes on exactly where the topic's own positions say.
#pragma once

#include "io/journal_reader.hpp"
#include "io/kafka_options.hpp"
#include "io/kafka_producer.hpp"
#include "io/wakeup.hpp"
#include "sink/delivery.hpp"
#include "sink/serializer_cache.hpp"
#include "sink/trade_record.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace k2::io {

struct KafkaFollowerOptions {
  KafkaOptions kafka;
  /// Whose journal is followed, and by which name the topic knows it.
  std::filesystem::path data_dir;
  std::string journal_id;
  /// Tells this process from others that deliver, or delivered, into the topic.
  std::string instance;
  /// Pause after a failure: doubled from the first to the second.
  std::chrono::nanoseconds retry_first = std::chrono::milliseconds{200};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{10};
};

/// A moment old, each number whole in itself.
struct KafkaStatus {
  /// All records of the journal below it are committed in the topic.
  std::uint64_t delivered_sequence = 0;
  std::uint64_t produced = 0;
  std::uint64_t commits = 0;
  std::uint64_t failures = 0;
  std::uint64_t serializers = 0;
  std::uint64_t evictions = 0;
  /// From a failure to the next commit.
  bool failing = false;
  /// Another process delivers now; this one has stopped to.
  bool fenced = false;
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
  void wake() noexcept { wakeup_.signal(); }
  /// Delivers what the journal holds below `end_sequence`, for at most `patience`, and ends the
  /// thread. False when something is left; it is delivered after the next start.
  bool finish(std::uint64_t end_sequence, std::chrono::nanoseconds patience);

  [[nodiscard]] KafkaStatus status() const noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  /// What lives from one failure to the next.
  struct Session {
    KafkaProducer producer;
    JournalReader reader;
    sink::Delivery delivery;
  };

  void run();
  [[nodiscard]] Result<Session> connect();
  [[nodiscard]] Result<void> learn_schema();
  [[nodiscard]] Result<Session> begin_session(KafkaProducer producer);
  [[nodiscard]] Result<void> announce(Session& session, sink::PositionBook const& book,
                                      bool cursor_holds);
  [[nodiscard]] Result<void> follow(Session& session);
  [[nodiscard]] Result<std::uint64_t> gather(Session& session);
  [[nodiscard]] Result<std::uint64_t> deliver_block(Session& session);
  [[nodiscard]] Result<void> commit(Session& session);
  void note_failure(Error const& error);
  void note_commit(sink::Delivery const& delivery);
  [[nodiscard]] bool still_owner();
  void sleep(std::chrono::nanoseconds time);
  [[nodiscard]] bool out_of_time() const noexcept;
  [[nodiscard]] bool finished(std::uint64_t next_sequence) const noexcept;

  KafkaFollowerOptions options_;
  Wakeup wakeup_;
  std::atomic<bool> finishing_{false};
  std::atomic<std::uint64_t> finish_at_{0};
  std::atomic<std::int64_t> give_up_at_ns_{0};

  // The thread's own.
  sink::SerializerCache serializers_;
  sink::Block block_;
  sink::TradeRecord record_;
  std::string framed_;
  std::string last_record_;
  std::uint64_t uncommitted_ = 0;
  std::vector<sink::Delivery::Moved> moved_;
  std::chrono::nanoseconds retry_;

  std::atomic<std::uint64_t> delivered_sequence_{0};
  std::atomic<std::uint64_t> produced_{0};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> cached_{0};
  std::atomic<std::uint64_t> evictions_{0};
  std::atomic<bool> failing_{false};
  std::atomic<bool> fenced_{false};

  std::thread thread_;
};

}  // namespace k2::io
