// The ports of the delivery driver: everything that delivery needs from outside. io/kafka_ports
// implements them with the journal's file and a broker, tests/simulation/kafka with a model of a
// Kafka cluster. An implementation performs requests and reports their outcome; it decides nothing.
//
// A request that may take long returns Progress::kPending until its answer is there; the driver
// then calls the same function again. An Error means that the request failed, or that its outcome
// is unknown. All ports run on one thread.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "sink/hanging_note.hpp"
#include "sink/notices.hpp"
#include "sink/position_book.hpp"
#include "sink/topic_tapes.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sink {

/// The state of a request.
enum class Progress : std::uint8_t { kDone, kPending };

/// The topics that K2 writes.
enum class DeliveryTopic : std::uint8_t { kTrades, kPositions, kGaps, kDeadLetters };
inline constexpr std::size_t kDeliveryTopics = 4;

/// An offset of a partition.
struct TopicPlace {
  DeliveryTopic topic = DeliveryTopic::kTrades;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
};

/// A change of the partitions that the consumer group assigns to this process.
struct GroupChange {
  enum class Kind : std::uint8_t {
    /// These partitions come in addition to the earlier ones.
    kAssigned,
    kRevoked,
    /// The group expelled this process; it owns nothing any more.
    kLost,
  };
  Kind kind = Kind::kAssigned;
  std::vector<std::int32_t> partitions;
};

/// The state of the transactions that committed group offsets of a partition.
enum class GroupTransactions : std::uint8_t {
  kSettled,
  /// At least one of them may still commit.
  kOpen,
  /// The group coordinator does not answer now.
  kUnknown,
};

/// A record of the journal. The views are valid until the next record is read.
struct JournalRecord {
  std::uint64_t sequence = 0;
  std::string_view symbol;
  TradeId id{};
  bool late = false;
  /// The time at which K2 received the trade.
  UtcTime received{};
  /// The Avro datum that the topic receives.
  std::string_view datum;
};

/// A record of the positions topic. The views are valid until the next record is read.
struct PositionRecord {
  std::int32_t partition = 0;
  std::string_view key;
  std::string_view value;
};

/// A record of the topic of trades. The view is valid until the next record is read.
struct TopicTrade {
  std::string_view symbol;
  TradeId id{};
  /// The exchange's time of the trade.
  UtcTime time{};
};

/// The journal of this process.
class JournalPort {
 public:
  virtual ~JournalPort() = default;
  /// Returns what the journal holds now.
  [[nodiscard]] virtual Result<JournalFacts> facts() = 0;
  /// Continues reading at this sequence number.
  [[nodiscard]] virtual Result<void> seek(std::uint64_t sequence) = 0;
  /// Reads the next record; false at the end of the journal.
  [[nodiscard]] virtual Result<bool> next(JournalRecord& out) = 0;
  /// Returns the partitions whose hint names a record that the journal does not hold at that place.
  /// Reading continues elsewhere afterwards: seek() must follow.
  [[nodiscard]] virtual Result<std::vector<std::int32_t>> refuted_hints(
      std::span<JournalHint const> hints) = 0;
  [[nodiscard]] virtual Result<std::vector<DeclaredGap>> gaps() = 0;
  /// Reads the dead letters after this number, as many as fit into one transaction, and keeps them
  /// for TransactionPort::produce_dead_letters(). Returns the number of the last one, or nothing.
  [[nodiscard]] virtual Result<std::optional<std::uint64_t>> stage_dead_letters(
      std::uint64_t after) = 0;
};

/// A Kafka producer and its transactions. Only the newest producer of a transactional id can write.
class TransactionPort {
 public:
  virtual ~TransactionPort() = default;
  /// Opens a producer: checks the topics and schemas, and initialises a new producer epoch, which
  /// aborts what the predecessor left open and fences its late requests.
  [[nodiscard]] virtual Result<Progress> open() = 0;
  /// Drops the producer. Requests that it has sent may still reach a broker.
  virtual void close() = 0;
  [[nodiscard]] virtual Result<void> begin() = 0;
  /// Queues a record of the journal, as it is or with the condition LATE.
  [[nodiscard]] virtual Result<void> produce(JournalRecord const& record, bool mark_late) = 0;
  [[nodiscard]] virtual Result<void> produce_gaps(std::span<DeclaredGap const> gaps) = 0;
  /// Queues the dead letters that the journal has staged.
  [[nodiscard]] virtual Result<void> produce_dead_letters() = 0;
  /// Queues the positions, the number up to which dead letters are delivered, and the deletion of
  /// these notes, whose positions have been compared.
  [[nodiscard]] virtual Result<void> produce_positions(std::span<MovedPosition const> moved,
                                                       std::optional<std::uint64_t> dead_letters,
                                                       std::span<HangingNote const> compared) = 0;
  /// Has the group coordinator confirm, within the transaction, that this process is a current
  /// member of the group (KIP-447). Returns kDone immediately without transactions.
  [[nodiscard]] virtual Result<Progress> send_offsets(std::span<std::int32_t const> partitions) = 0;
  /// Done once the brokers have acknowledged every queued record.
  [[nodiscard]] virtual Result<Progress> flush() = 0;
  [[nodiscard]] virtual Result<Progress> commit() = 0;
  [[nodiscard]] virtual Result<Progress> abort() = 0;
  /// Returns true after an error which means that the transaction is not and will not become
  /// visible, and that abort() can end it.
  [[nodiscard]] virtual bool can_abort() const = 0;
  /// True when a connection over which requests were sent has closed since open() was done: a copy
  /// of a request may reach a broker later, and the markers of an earlier commit may be missing.
  [[nodiscard]] virtual bool is_ambiguous() = 0;
  /// Writes these notes into the positions topic, outside of any transaction. Needs no open
  /// producer. Done once every replica has them.
  [[nodiscard]] virtual Result<Progress> write_notes(std::span<HangingNote const> notes) = 0;
  /// Ends transactions that brokers left hanging: in the name of each journal, a transaction that
  /// touches every partition and is aborted. Needs no open producer.
  [[nodiscard]] virtual Result<Progress> abort_hanging(std::set<std::string> const& journals) = 0;
};

/// The consumer group that assigns partitions to the processes.
class GroupPort {
 public:
  virtual ~GroupPort() = default;
  /// Joins the group unless this process is in it already. The topics must exist.
  [[nodiscard]] virtual Result<void> join() = 0;
  /// Appends the changes since the last call, and waits for at most `patience` while there is none.
  /// A revoked partition is released by the call: no transaction may be open.
  /// An error changes nothing, unless is_over().
  [[nodiscard]] virtual Result<void> poll(std::chrono::milliseconds patience,
                                          std::vector<GroupChange>& out) = 0;
  /// True after an error that ends this membership; join() starts a new one.
  [[nodiscard]] virtual bool is_over() const = 0;
  [[nodiscard]] virtual Result<GroupTransactions> transactions(
      std::set<std::int32_t> const& partitions) = 0;
};

/// The end up to which a partition of the positions topic is read.
enum class ReadEnd : std::uint8_t {
  /// Includes what transactions hold that are still open; their outcome is waited for.
  kHighWatermark,
  /// Stops before the first open transaction.
  kLastStable,
};

/// The result of reading positions.
enum class PositionRead : std::uint8_t {
  kRecord,
  kNothingYet,
  /// Everything left to read is behind a transaction without an outcome.
  kPendingTransactions,
  kEnd,
};

/// The positions topic, read as a `read_committed` consumer sees it.
class PositionsPort {
 public:
  virtual ~PositionsPort() = default;
  /// Starts to read these partitions from their beginning to where they end now.
  [[nodiscard]] virtual Result<Progress> open(std::set<std::int32_t> const& partitions,
                                              ReadEnd end) = 0;
  [[nodiscard]] virtual Result<PositionRead> read(PositionRecord& out) = 0;
  /// Returns the offset up to which a partition is read. Only while open.
  [[nodiscard]] virtual std::int64_t end_of(std::int32_t partition) const = 0;
  /// Fills in the high watermarks. Only while open.
  [[nodiscard]] virtual Result<Progress> find_ends(std::span<TopicPlace> places) = 0;
  /// Fills in the last stable offsets: below them every transaction has an outcome. Only while
  /// open.
  [[nodiscard]] virtual Result<Progress> find_stable_ends(std::span<TopicPlace> places) = 0;
  /// Checks what was read against the topic of trades, of which these partitions hold something:
  /// a positions topic that was emptied or created again looks like a new one, and everything would
  /// be delivered twice. Reports positions that are in a partition of another symbol.
  /// Errors: kConfigInvalid with the remedy.
  [[nodiscard]] virtual Result<void> check(std::set<std::int32_t> const& used,
                                           PositionBook const& book) = 0;
  virtual void close() = 0;
};

/// The topic of trades, read back where transactions hung. A process without the right to read it
/// finds nothing there, and its port reports that.
class TradesPort {
 public:
  virtual ~TradesPort() = default;
  /// Starts to read a partition from this offset to its end, also trades of transactions that were
  /// aborted.
  [[nodiscard]] virtual Result<Progress> open_held(std::int32_t partition, std::int64_t from) = 0;
  /// Starts to read what a `read_committed` consumer sees of a partition, from this time to its
  /// end.
  [[nodiscard]] virtual Result<Progress> open_committed(std::int32_t partition, UtcTime since) = 0;
  [[nodiscard]] virtual Result<PositionRead> read(TopicTrade& out) = 0;
  virtual void close() = 0;
  /// Finds the time of the record at an offset of whichever topic, of whichever transaction.
  [[nodiscard]] virtual Result<Progress> find_time(TopicPlace const& place, UtcTime& out) = 0;
};

/// All ports of one delivery driver.
struct DeliveryPorts {
  JournalPort& journal;
  TransactionPort& transaction;
  GroupPort& group;
  PositionsPort& positions;
  TradesPort& trades;
};

}  // namespace k2::sink
