// Error codes where the client library's handlers differ from each other, as read in librdkafka
// 2.0.2.
#include "tests/simulation/kafka/severity.hpp"

#include <gtest/gtest.h>

namespace k2::simulation::kafka {
namespace {

using enum ErrorCode;

constexpr bool kTransactional = true;

Severity severity(Api api, ErrorCode code) {
  return severity_of(api, code, kTransactional);
}

TEST(SeverityTest, TimeOutOfABrokerIsRepeatedOnlyWhereOffsetsAreSent) {
  EXPECT_EQ(severity(Api::kAddPartitionsToTxn, kRequestTimedOut), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kEndTxn, kRequestTimedOut), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kAddOffsetsToTxn, kRequestTimedOut), Severity::kRetriable);
  EXPECT_EQ(severity(Api::kTxnOffsetCommit, kRequestTimedOut), Severity::kRetriable);
  EXPECT_EQ(severity(Api::kProduce, kRequestTimedOut), Severity::kRetriable);
  EXPECT_EQ(severity(Api::kInitProducerId, kRequestTimedOut), Severity::kRetriable);
}

TEST(SeverityTest, LostProducerIdIsFatalOnlyInTxnOffsetCommit) {
  EXPECT_EQ(severity(Api::kAddPartitionsToTxn, kInvalidProducerIdMapping), Severity::kNeedsEpoch);
  EXPECT_EQ(severity(Api::kEndTxn, kInvalidProducerIdMapping), Severity::kNeedsEpoch);
  EXPECT_EQ(severity(Api::kAddOffsetsToTxn, kInvalidProducerIdMapping), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kTxnOffsetCommit, kInvalidProducerIdMapping), Severity::kFatal);
}

TEST(SeverityTest, FencedProducerIsFatalWhereTheHandlerKnowsTheCode) {
  EXPECT_EQ(severity(Api::kInitProducerId, kProducerFenced), Severity::kFatal);
  EXPECT_EQ(severity(Api::kAddPartitionsToTxn, kProducerFenced), Severity::kFatal);
  EXPECT_EQ(severity(Api::kEndTxn, kProducerFenced), Severity::kFatal);
  EXPECT_EQ(severity(Api::kAddOffsetsToTxn, kProducerFenced), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kTxnOffsetCommit, kProducerFenced), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kProduce, kProducerFenced), Severity::kAbortable);
  for (auto const api : {Api::kProduce, Api::kInitProducerId, Api::kAddPartitionsToTxn,
                         Api::kAddOffsetsToTxn, Api::kTxnOffsetCommit, Api::kEndTxn}) {
    EXPECT_EQ(severity(api, kInvalidProducerEpoch), Severity::kFatal) << static_cast<int>(api);
  }
}

TEST(SeverityTest, InvalidTransactionStateIsFatalExceptForRecords) {
  EXPECT_EQ(severity(Api::kProduce, kInvalidTxnState), Severity::kAbortable);
  for (auto const api :
       {Api::kAddPartitionsToTxn, Api::kAddOffsetsToTxn, Api::kTxnOffsetCommit, Api::kEndTxn}) {
    EXPECT_EQ(severity(api, kInvalidTxnState), Severity::kFatal) << static_cast<int>(api);
  }
}

TEST(SeverityTest, RecordsThatAreRefusedEndTheTransactionAndThoseOutOfOrderTheProducer) {
  EXPECT_EQ(severity(Api::kProduce, kCorruptMessage), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kProduce, kMessageTooLarge), Severity::kAbortable);
  EXPECT_EQ(severity(Api::kProduce, kOutOfOrderSequenceNumber), Severity::kFatal);
  EXPECT_EQ(severity(Api::kProduce, kUnknownProducerId), Severity::kNeedsEpoch);
  EXPECT_EQ(severity(Api::kProduce, kDuplicateSequenceNumber), Severity::kNone);
  EXPECT_EQ(severity_of(Api::kProduce, kUnknownProducerId, false), Severity::kRetriable);
}

TEST(SeverityTest, ListOffsetsReportsThatTheLeaderMoved) {
  EXPECT_EQ(severity(Api::kListOffsets, kNotLeaderOrFollower), Severity::kFatal);
  EXPECT_EQ(severity(Api::kListOffsets, kLeaderNotAvailable), Severity::kRetriable);
  EXPECT_EQ(severity(Api::kFetch, kNotLeaderOrFollower), Severity::kRetriable);
}

TEST(SeverityTest, EachDocumentedErrorOfTransactionsBelongsToAClassThatCanBeOff) {
  EXPECT_EQ(error_class_of(Api::kEndTxn, kConcurrentTransactions, kTransactional),
            Behaviour::kRetriableErrors);
  EXPECT_EQ(error_class_of(Api::kEndTxn, kRequestTimedOut, kTransactional),
            Behaviour::kAbortableErrors);
  EXPECT_EQ(error_class_of(Api::kEndTxn, kInvalidTxnState, kTransactional),
            Behaviour::kFatalErrors);
  EXPECT_EQ(error_class_of(Api::kEndTxn, kProducerFenced, kTransactional),
            Behaviour::kFencedErrors);
  EXPECT_EQ(error_class_of(Api::kTxnOffsetCommit, kIllegalGeneration, kTransactional),
            Behaviour::kFencedErrors);
}

}  // namespace
}  // namespace k2::simulation::kafka
