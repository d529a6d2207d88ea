#include "tests/simulation/kafka/severity.hpp"

namespace k2::simulation::kafka {
namespace {

using enum ErrorCode;

bool is_moving_coordinator(ErrorCode code) {
  return code == kCoordinatorLoadInProgress || code == kCoordinatorNotAvailable ||
         code == kNotCoordinator;
}

/// Source: librdkafka 2.0.2, rd_kafka_handle_Produce_error() and what it calls for an idempotent
/// producer. Each partition has one request in flight, so a number out of order is always that of
/// the oldest request. PRODUCER_FENCED is not known there and counts as any other refusal.
Severity severity_of_produce(ErrorCode code, bool transactional) {
  switch (code) {
    case kUnknownTopicOrPartition:
    case kLeaderNotAvailable:
    case kNotLeaderOrFollower:
    case kRequestTimedOut:
    case kNotEnoughReplicas:
    case kNotEnoughReplicasAfterAppend:
    case kKafkaStorageError:
      return Severity::kRetriable;
    case kDuplicateSequenceNumber:
      return Severity::kNone;
    case kUnknownProducerId:
      return transactional ? Severity::kNeedsEpoch : Severity::kRetriable;
    case kOutOfOrderSequenceNumber:
    case kInvalidProducerEpoch:
      return Severity::kFatal;
    default:
      return transactional ? Severity::kAbortable : Severity::kFatal;
  }
}

/// The producer is of no use after these. Source: librdkafka 2.0.2, the handlers named below.
bool is_fatal(Api api, ErrorCode code) {
  switch (code) {
    case kTransactionalIdAuthorizationFailed:
    case kInvalidProducerEpoch:
    case kInvalidTxnState:
      return true;
    case kProducerFenced:
      return api == Api::kAddPartitionsToTxn || api == Api::kEndTxn;
    case kInvalidProducerIdMapping:
      return api == Api::kTxnOffsetCommit;
    default:
      return false;
  }
}

/// Source: librdkafka 2.0.2, rd_kafka_txn_handle_AddPartitionsToTxn(), _AddOffsetsToTxn(),
/// _TxnOffsetCommit() and _EndTxn(). Whatever they do not know is abortable.
Severity severity_of_transaction(Api api, ErrorCode code) {
  if (is_fatal(api, code)) return Severity::kFatal;
  // Its sending of offsets repeats what these two report.
  bool const reports = api == Api::kAddPartitionsToTxn || api == Api::kEndTxn;
  if (is_moving_coordinator(code) || code == kConcurrentTransactions) return Severity::kRetriable;
  switch (code) {
    case kUnknownTopicOrPartition:
      return api == Api::kEndTxn ? Severity::kAbortable : Severity::kRetriable;
    case kRequestTimedOut:
      return reports ? Severity::kAbortable : Severity::kRetriable;
    case kInvalidProducerIdMapping:
    case kUnknownProducerId:
      return reports ? Severity::kNeedsEpoch : Severity::kAbortable;
    default:
      return Severity::kAbortable;
  }
}

/// Source: librdkafka 2.0.2, rd_kafka_idemp_request_pid_failed(): all but these are tried again.
Severity severity_of_init(ErrorCode code) {
  bool const is_final = code == kTransactionalIdAuthorizationFailed ||
                        code == kInvalidProducerEpoch || code == kProducerFenced;
  return is_final ? Severity::kFatal : Severity::kRetriable;
}

}  // namespace

Severity severity_of(Api api, ErrorCode code, bool transactional) noexcept {
  if (code == kNone) return Severity::kNone;
  switch (api) {
    case Api::kProduce:
      return severity_of_produce(code, transactional);
    case Api::kInitProducerId:
      return severity_of_init(code);
    case Api::kListOffsets:
      // Source: rd_kafka_handle_ListOffsets(): the others refresh metadata and are reported.
      return code == kLeaderNotAvailable || code == kRequestTimedOut ? Severity::kRetriable
                                                                     : Severity::kFatal;
    case Api::kFetch:
      return code == kCorruptMessage || code == kUnknownServerError ? Severity::kFatal
                                                                    : Severity::kRetriable;
    case Api::kJoinGroup:
    case Api::kHeartbeat:
    case Api::kLeaveGroup:
      return is_moving_coordinator(code) || code == kRequestTimedOut || code == kRebalanceInProgress
                 ? Severity::kRetriable
                 : Severity::kFatal;
    default:
      return severity_of_transaction(api, code);
  }
}

bool is_fencing(ErrorCode code) noexcept {
  return code == kProducerFenced || code == kInvalidProducerEpoch || code == kIllegalGeneration ||
         code == kUnknownMemberId || code == kFencedInstanceId;
}

Behaviour error_class_of(Api api, ErrorCode code, bool transactional) noexcept {
  if (is_fencing(code)) return Behaviour::kFencedErrors;
  switch (severity_of(api, code, transactional)) {
    case Severity::kNone:
    case Severity::kRetriable:
      return Behaviour::kRetriableErrors;
    case Severity::kAbortable:
    case Severity::kNeedsEpoch:
      return Behaviour::kAbortableErrors;
    case Severity::kFatal:
      break;
  }
  return Behaviour::kFatalErrors;
}

}  // namespace k2::simulation::kafka
