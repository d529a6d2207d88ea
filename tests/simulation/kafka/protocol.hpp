// The requests that K2's clients send to Kafka, as far as the simulated cluster knows them, and the
// error codes that brokers answer with. Names follow Kafka's protocol.
#pragma once

#include "sink/delivery_ports.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::simulation::kafka {

/// The topics of the model: those that K2 writes, and the offsets of its consumer group.
inline constexpr int kTrades = static_cast<int>(sink::DeliveryTopic::kTrades);
inline constexpr int kPositions = static_cast<int>(sink::DeliveryTopic::kPositions);
inline constexpr int kGaps = static_cast<int>(sink::DeliveryTopic::kGaps);
inline constexpr int kDeadLetters = static_cast<int>(sink::DeliveryTopic::kDeadLetters);
inline constexpr int kOffsets = 4;
inline constexpr int kTopics = 5;
/// The most partitions that a topic of the model can have.
inline constexpr std::int32_t kPartitionsMax = 16;

/// A partition of a topic.
struct Place {
  int topic = kTrades;
  std::int32_t partition = 0;

  [[nodiscard]] std::size_t index() const noexcept {
    return static_cast<std::size_t>((topic * kPartitionsMax) + partition);
  }
  friend auto operator<=>(Place const&, Place const&) = default;
};
inline constexpr std::size_t kPlaces = static_cast<std::size_t>(kTopics * kPartitionsMax);
/// The partition that holds the offsets of K2's group; its leader coordinates the group.
inline constexpr Place kGroupPlace{kOffsets, 0};

enum class Api : std::uint8_t {
  kProduce,
  kListOffsets,
  kFetch,
  kInitProducerId,
  kAddPartitionsToTxn,
  kAddOffsetsToTxn,
  kTxnOffsetCommit,
  kEndTxn,
  kJoinGroup,
  kHeartbeat,
  kLeaveGroup,
};
inline constexpr std::size_t kApis = 11;

enum class ErrorCode : std::uint8_t {
  kNone,
  kUnknownServerError,
  kCorruptMessage,
  kUnknownTopicOrPartition,
  kLeaderNotAvailable,
  kNotLeaderOrFollower,
  kRequestTimedOut,
  kMessageTooLarge,
  kNetworkException,
  kCoordinatorLoadInProgress,
  kCoordinatorNotAvailable,
  kNotCoordinator,
  kNotEnoughReplicas,
  kNotEnoughReplicasAfterAppend,
  kIllegalGeneration,
  kUnknownMemberId,
  kRebalanceInProgress,
  kTopicAuthorizationFailed,
  kGroupAuthorizationFailed,
  kTransactionalIdAuthorizationFailed,
  kOutOfOrderSequenceNumber,
  kDuplicateSequenceNumber,
  kInvalidProducerEpoch,
  kInvalidTxnState,
  kInvalidProducerIdMapping,
  kConcurrentTransactions,
  kKafkaStorageError,
  kUnknownProducerId,
  kFencedInstanceId,
  kProducerFenced,
  kOffsetNotAvailable,
};

/// Returns the name of the code as Kafka's protocol has it.
[[nodiscard]] std::string_view name_of(ErrorCode code) noexcept;
/// Returns the codes that Kafka documents for the answers to a request, but for success and for
/// those that say that a request is malformed or its version unknown.
[[nodiscard]] std::span<ErrorCode const> documented_errors(Api api) noexcept;

struct Record {
  std::string key;
  std::string value;
};

/// The records of one Produce request for one partition.
struct Batch {
  Place place;
  std::int64_t producer = -1;
  std::int32_t epoch = -1;
  std::int32_t first_sequence = 0;
  /// Numbers the client's transaction, for the oracles; 0 without one.
  std::uint64_t transaction = 0;
  std::vector<Record> records;
};

/// A change of assigned partitions, numbered for each member.
struct GroupEvent {
  std::uint64_t number = 0;
  sink::GroupChange change;
};

struct Request {
  Api api = Api::kProduce;
  std::string transactional_id{};
  std::int64_t producer = -1;
  std::int32_t epoch = -1;
  /// True for a commit, for EndTxn.
  bool commit = false;
  /// Selects the last stable offsets instead of the high watermarks, for ListOffsets.
  bool read_committed = false;
  std::vector<Place> places{};
  std::shared_ptr<Batch const> batch{};
  /// The member, in the group's requests.
  std::string member{};
  std::string instance{};
  std::uint64_t generation = 0;
  /// Orders the requests of a member, whichever connections they take.
  std::uint64_t number = 0;
  std::uint64_t events_seen = 0;
  std::vector<std::int32_t> partitions{};
};

struct Response {
  ErrorCode error = ErrorCode::kNone;
  std::int64_t producer = -1;
  std::int32_t epoch = -1;
  std::uint64_t generation = 0;
  /// The offsets in the order of Request::places.
  std::vector<std::int64_t> offsets{};
  std::vector<GroupEvent> events{};
};

}  // namespace k2::simulation::kafka
