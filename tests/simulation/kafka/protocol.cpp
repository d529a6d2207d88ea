#include "tests/simulation/kafka/protocol.hpp"

#include <array>

namespace k2::simulation::kafka {
namespace {

using enum ErrorCode;

// Source: Apache Kafka 4.1, the "Errors" of each answer's schema and what KafkaApis adds to them.
constexpr std::array kProduceErrors{kCorruptMessage,
                                    kUnknownTopicOrPartition,
                                    kNotLeaderOrFollower,
                                    kRequestTimedOut,
                                    kMessageTooLarge,
                                    kNotEnoughReplicas,
                                    kTopicAuthorizationFailed,
                                    kNotEnoughReplicasAfterAppend,
                                    kOutOfOrderSequenceNumber,
                                    kInvalidProducerEpoch,
                                    kInvalidTxnState,
                                    kKafkaStorageError,
                                    kUnknownProducerId,
                                    kDuplicateSequenceNumber,
                                    kUnknownServerError,
                                    kProducerFenced,
                                    kTransactionalIdAuthorizationFailed};
constexpr std::array kListOffsetsErrors{kUnknownTopicOrPartition, kNotLeaderOrFollower,
                                        kLeaderNotAvailable,      kKafkaStorageError,
                                        kOffsetNotAvailable,      kUnknownServerError};
constexpr std::array kFetchErrors{kUnknownTopicOrPartition, kNotLeaderOrFollower,
                                  kKafkaStorageError, kUnknownServerError, kCorruptMessage};
constexpr std::array kInitProducerIdErrors{
    kCoordinatorLoadInProgress, kCoordinatorNotAvailable, kNotCoordinator,
    kConcurrentTransactions,    kRequestTimedOut,         kTransactionalIdAuthorizationFailed,
    kInvalidProducerEpoch,      kProducerFenced};
constexpr std::array kAddPartitionsErrors{kCoordinatorLoadInProgress,
                                          kCoordinatorNotAvailable,
                                          kNotCoordinator,
                                          kConcurrentTransactions,
                                          kInvalidProducerIdMapping,
                                          kInvalidTxnState,
                                          kProducerFenced,
                                          kInvalidProducerEpoch,
                                          kUnknownTopicOrPartition,
                                          kTopicAuthorizationFailed,
                                          kRequestTimedOut,
                                          kTransactionalIdAuthorizationFailed};
constexpr std::array kAddOffsetsErrors{kCoordinatorLoadInProgress,
                                       kCoordinatorNotAvailable,
                                       kNotCoordinator,
                                       kConcurrentTransactions,
                                       kInvalidProducerIdMapping,
                                       kInvalidTxnState,
                                       kProducerFenced,
                                       kInvalidProducerEpoch,
                                       kGroupAuthorizationFailed,
                                       kTransactionalIdAuthorizationFailed};
constexpr std::array kTxnOffsetCommitErrors{
    kCoordinatorLoadInProgress, kCoordinatorNotAvailable,  kNotCoordinator,
    kIllegalGeneration,         kUnknownMemberId,          kFencedInstanceId,
    kInvalidProducerEpoch,      kProducerFenced,           kRequestTimedOut,
    kUnknownTopicOrPartition,   kGroupAuthorizationFailed, kTransactionalIdAuthorizationFailed};
constexpr std::array kEndTxnErrors{kCoordinatorLoadInProgress,
                                   kCoordinatorNotAvailable,
                                   kNotCoordinator,
                                   kConcurrentTransactions,
                                   kInvalidProducerIdMapping,
                                   kInvalidTxnState,
                                   kProducerFenced,
                                   kInvalidProducerEpoch,
                                   kRequestTimedOut,
                                   kTransactionalIdAuthorizationFailed};
constexpr std::array kJoinGroupErrors{
    kCoordinatorLoadInProgress, kCoordinatorNotAvailable, kNotCoordinator,
    kUnknownMemberId,           kRebalanceInProgress,     kFencedInstanceId};
constexpr std::array kHeartbeatErrors{kCoordinatorNotAvailable, kNotCoordinator,
                                      kRebalanceInProgress,     kUnknownMemberId,
                                      kIllegalGeneration,       kFencedInstanceId};
constexpr std::array kLeaveGroupErrors{kCoordinatorLoadInProgress, kNotCoordinator};

constexpr std::array<std::span<ErrorCode const>, kApis> kDocumented{
    kProduceErrors,       kListOffsetsErrors, kFetchErrors,           kInitProducerIdErrors,
    kAddPartitionsErrors, kAddOffsetsErrors,  kTxnOffsetCommitErrors, kEndTxnErrors,
    kJoinGroupErrors,     kHeartbeatErrors,   kLeaveGroupErrors};

constexpr std::array<std::string_view, 31> kNames{"NONE",
                                                  "UNKNOWN_SERVER_ERROR",
                                                  "CORRUPT_MESSAGE",
                                                  "UNKNOWN_TOPIC_OR_PARTITION",
                                                  "LEADER_NOT_AVAILABLE",
                                                  "NOT_LEADER_OR_FOLLOWER",
                                                  "REQUEST_TIMED_OUT",
                                                  "MESSAGE_TOO_LARGE",
                                                  "NETWORK_EXCEPTION",
                                                  "COORDINATOR_LOAD_IN_PROGRESS",
                                                  "COORDINATOR_NOT_AVAILABLE",
                                                  "NOT_COORDINATOR",
                                                  "NOT_ENOUGH_REPLICAS",
                                                  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
                                                  "ILLEGAL_GENERATION",
                                                  "UNKNOWN_MEMBER_ID",
                                                  "REBALANCE_IN_PROGRESS",
                                                  "TOPIC_AUTHORIZATION_FAILED",
                                                  "GROUP_AUTHORIZATION_FAILED",
                                                  "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
                                                  "OUT_OF_ORDER_SEQUENCE_NUMBER",
                                                  "DUPLICATE_SEQUENCE_NUMBER",
                                                  "INVALID_PRODUCER_EPOCH",
                                                  "INVALID_TXN_STATE",
                                                  "INVALID_PRODUCER_ID_MAPPING",
                                                  "CONCURRENT_TRANSACTIONS",
                                                  "KAFKA_STORAGE_ERROR",
                                                  "UNKNOWN_PRODUCER_ID",
                                                  "FENCED_INSTANCE_ID",
                                                  "PRODUCER_FENCED",
                                                  "OFFSET_NOT_AVAILABLE"};
static_assert(kNames.size() == static_cast<std::size_t>(kOffsetNotAvailable) + 1);

}  // namespace

std::string_view name_of(ErrorCode code) noexcept {
  return kNames.at(static_cast<std::size_t>(code));
}

std::span<ErrorCode const> documented_errors(Api api) noexcept {
  return kDocumented.at(static_cast<std::size_t>(api));
}

}  // namespace k2::simulation::kafka
