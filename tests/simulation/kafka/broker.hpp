// A model of what K2 needs of Kafka: topics of partitions, transactions whose outcome reaches each
// partition in its own time, producers fenced by epoch, a consumer group with generations, sessions
// and cooperative rebalances, and its say in transactions (KIP-447). Pure; one virtual clock.
//
// It may be away, it may do what it was asked and not say so, and it may forget to tell partitions
// what became of a transaction.
#pragma once

#include "core/rng.hpp"
#include "core/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace k2::simulation::kafka {

using std::chrono::milliseconds;

/// What became of a request.
enum class Answer : std::uint8_t {
  kDone,
  /// Not now; to be asked again.
  kAgain,
  /// Refused, and the transaction can be aborted.
  kRefused,
  /// Another producer of the name has taken over, or the transaction was timed out.
  kFenced,
  /// No answer came: it may have been done or not.
  kUnknown,
};

struct Transaction {
  enum class State : std::uint8_t { kOpen, kCommitted, kAborted };
  State state = State::kOpen;
  MonoTime begun;
  /// What a partition of a topic, or of the group's offsets, learns of the outcome, and when.
  struct Marker {
    MonoTime written = MonoTime::max();
    bool commit = false;
    /// Nobody waits for it to be written.
    bool forgotten = false;
  };
  std::map<std::pair<int, std::int32_t>, Marker> places;

  [[nodiscard]] bool is_over_at(std::pair<int, std::int32_t> place, MonoTime now) const {
    return now >= places.at(place).written;
  }
  /// As whoever coordinates transactions sees it.
  [[nodiscard]] bool is_over(MonoTime now) const;
};

struct Entry {
  std::shared_ptr<Transaction> transaction;
  std::string key;
  std::string value;
};

/// The kinds of places that a transaction touches.
inline constexpr int kTrades = 0;
inline constexpr int kPositions = 1;
inline constexpr int kOffsets = 2;
inline constexpr int kGaps = 3;
inline constexpr int kLetters = 4;
inline constexpr std::array kTopics{kTrades, kPositions, kGaps, kLetters};

struct GroupEvent {
  enum class What : std::uint8_t { kAssigned, kRevoked, kLost };
  What what = What::kAssigned;
  std::vector<std::int32_t> partitions;
};

class Broker {
 public:
  static constexpr milliseconds kSessionTimeout{10'000};
  static constexpr milliseconds kTransactionTimeout{10'000};
  /// Between two looks for transactions that have lasted too long.
  /// Source: Apache Kafka, transaction.abort.timed.out.transaction.cleanup.interval.ms.
  static constexpr milliseconds kTimeoutLook{10'000};

  Broker(std::int32_t partitions, Rng rng) : partitions_(partitions), rng_(rng) {}

  void tick(MonoTime now);
  /// One that comes back begins anew to count how long members are silent and when it looks for
  /// transactions that have lasted too long.
  void set_away(bool away);
  /// Of how many requests the answer is lost.
  void set_losses(double share) noexcept { losses_ = share; }
  /// No partition has a leader: transactions that are decided now count as over, and no partition
  /// learns of it. Source: Apache Kafka 4.1 to 4.3.1, KAFKA-20734.
  void set_forgetful(bool forgetful) noexcept {
    forgetful_ = forgetful;
    ++breaks_;
  }
  /// How often connections to brokers have broken.
  [[nodiscard]] std::uint64_t breaks() const noexcept { return breaks_; }

  // Producers, by the name of their transactions.
  Answer init_producer(std::string const& name, std::uint64_t& epoch);
  Answer begin(std::string const& name, std::uint64_t epoch);
  Answer produce(std::string const& name, std::uint64_t epoch, int topic, std::int32_t partition,
                 std::string key, std::string value);
  /// As whoever has no transaction does.
  Answer append(int topic, std::int32_t partition, std::string key, std::string value);
  Answer vouch(std::string const& name, std::uint64_t epoch, std::string const& member,
               std::uint64_t generation, std::set<std::int32_t> const& partitions);
  Answer end(std::string const& name, std::uint64_t epoch, bool commit);

  // The group. A member's client speaks for it in the background.
  /// A member that comes again by its instance's name within a session has what it had.
  Answer join(std::string const& member, std::string const& instance);
  void leave(std::string const& member);
  /// What the client learns; `generation` moves along. False when the group does not know it.
  [[nodiscard]] bool heartbeat(std::string const& member, std::uint64_t& generation,
                               std::vector<GroupEvent>& events);
  /// The process has let go of them.
  void released(std::string const& member, std::vector<std::int32_t> const& partitions);
  void rebalance();

  // Readers.
  [[nodiscard]] bool is_away() const noexcept { return away_; }
  [[nodiscard]] bool is_settled(std::set<std::int32_t> const& partitions) const;
  /// When partitions last waited for an outcome that nobody was going to tell them.
  [[nodiscard]] MonoTime last_hung() const noexcept { return hung_at_; }
  [[nodiscard]] std::size_t high_watermark(int topic, std::int32_t partition) const;
  [[nodiscard]] std::size_t last_stable(int topic, std::int32_t partition) const;
  /// What `read_committed` shows below `end`.
  [[nodiscard]] std::vector<Entry const*> committed(int topic, std::int32_t partition,
                                                    std::size_t end) const;

 private:
  struct Producer {
    std::uint64_t epoch = 0;
    std::shared_ptr<Transaction> current;
    std::shared_ptr<Transaction> last;
    /// Decided, and partitions have yet to learn of it.
    std::vector<std::shared_ptr<Transaction>> hanging;
  };
  struct Member {
    std::string instance;
    MonoTime heard;
    std::uint64_t known_generation = 0;
    MonoTime learns_at;
    std::set<std::int32_t> owned;
    /// Of those, what it was told to let go.
    std::set<std::int32_t> revoked;
    std::vector<GroupEvent> events;
  };

  [[nodiscard]] bool lost() { return losses_ > 0 && rng_.chance(losses_); }
  void decide(Producer& producer, bool commit);
  [[nodiscard]] bool has_forgotten() const;
  [[nodiscard]] Producer* producer(std::string const& name, std::uint64_t epoch);
  void share_out();

  std::int32_t partitions_;
  Rng rng_;
  MonoTime now_{};
  bool away_ = false;
  double losses_ = 0;
  bool forgetful_ = false;
  std::uint64_t breaks_ = 0;
  MonoTime hung_at_{};
  MonoTime look_at_{};
  struct Log {
    std::vector<Entry> entries;
    /// The last stable offset when it was last asked for: it never goes back.
    mutable std::size_t stable = 0;
  };
  std::map<std::pair<int, std::int32_t>, Log> logs_;
  std::map<std::string, Producer> producers_;
  std::vector<std::shared_ptr<Transaction>> vouched_;
  std::map<std::string, Member> members_;
  std::uint64_t generation_ = 0;
  bool share_out_ = false;
};

}  // namespace k2::simulation::kafka
