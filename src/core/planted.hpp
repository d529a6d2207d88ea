// Bugs on purpose, which the simulation must find: a place in the code asks K2_PLANTED(kName), and
// only the simulation's own build, with K2_PLANTED_BUGS, can ever answer yes. In the program itself
// the question is the constant false and leaves nothing behind. docs/simulation.md lists them.
#pragma once

#ifdef K2_PLANTED_BUGS

#include <cstdint>

namespace k2 {

enum class PlantedBug : std::uint8_t {
  kNone,
  /// A trade that was seen before is accepted again.
  kSkipDedupe,
  /// A trade ahead of a hole is accepted at once.
  kAcceptAhead,
  /// Trades that waited behind a hole are not delivered.
  kDropWaiting,
  /// Repair asks from two ids behind the first missing one. (One id is healed by the look at what
  /// stands before an absent id.)
  kWrongFromId,
  /// 429 and 418 are not waited out.
  kIgnoreRetryAfter,
  /// A trade into a declared gap is not marked LATE.
  kSkipLate,
  /// A block does not move its symbols' positions.
  kStalePosition,
  /// A failed request is never made again.
  kNeverRetry,
  /// A failed request ends the repair of declared gaps.
  kErrorRepairs,
  /// Open gaps are not taken up at a start.
  kForgetGaps,
  /// The position is committed before its data.
  kPositionAhead,
  /// Delivery goes past a hole without a record of it.
  kHideGap,
  /// A batch that the journal refuses is dropped.
  kDropRefusedBatch,
  /// A rotation closes the old line as soon as the new one is upgraded.
  kCloseOldEarly,
  /// A symbol goes on with its first trade after a time without a line.
  kForgetBackfill,
  /// A line on which nothing comes is not noticed.
  kIgnoreSilence,
  /// The exchange's own count of REST weight, others' included, is not listened to.
  kIgnoreUsedWeight,
  /// A position is committed to the topic without the trades that it stands for.
  kTopicPositionAlone,
  /// Transactions do not carry the group's metadata, so nobody refuses a zombie's.
  kSkipGroupCheck,
  /// A partition is delivered from where the journal ends, not from what the topic lacks.
  kResumeFromJournal,
  /// Positions that were read before the assignment changed are taken for the new assignment.
  kStaleLoad,
  /// After a broken connection the transaction is aborted, and the producer keeps its epoch.
  kKeepProducerEpoch,
  /// Positions are produced together with the records that they stand for.
  kPositionsBeforeRecords,
  /// After an abort, delivery goes on from what it remembers of the topic.
  kStayAfterAbort,
  /// Positions are read to the last stable offset, past which a transaction may still commit.
  kReadToStableOffset,
  /// A transaction whose outcome is not known counts as committed.
  kBelieveUnknownCommit,
  /// Ids that are missing in the topic do not change hands.
  kForgetTopicGaps,
  /// Of a gap that another process declared, the repair is not told.
  kSilentTakenGaps,
  /// Changes of gaps are produced in the transaction after the one that makes them true.
  kGapsOutside,
  /// After each start the dead letters are delivered from the first.
  kForgetLetters,
  /// Transactions that the brokers left hanging are waited for.
  kNeverSweep,
  /// Only what this process's own name left hanging is ended.
  kSweepOwnOnly,
  /// A transaction is committed though a connection broke since the one before it.
  kTrustBrokenConnection,
  /// The attempts for an earlier gap of a symbol delay the next one.
  kKeepBackoff,
  /// The refusal of one symbol's request counts as an outage for all.
  kRefusalIsOutage,
  /// A full reorder buffer forgets trades although nothing repairs the gap before them.
  kForgetWhenFull,
  /// An id far ahead of the tape is taken as it comes.
  kTrustFarIds,
  /// An id that the record cannot hold is waited for.
  kWaitForUnusable,
  /// An id that a candle names and the tape lacks is no evidence until its minute is closed.
  kIgnoreCandleIds,
  /// Ids that start over are taken for duplicates, and for the old tape once they pass its end.
  kSpliceRestartedIds,
  /// Only of the positions topic it is asked whether transactions hang in it.
  kAskPositionsOnly,
};

/// The one that is planted in this run.
inline PlantedBug planted_bug = PlantedBug::kNone;

}  // namespace k2

#define K2_PLANTED(bug) (::k2::planted_bug == ::k2::PlantedBug::bug)

#else

#define K2_PLANTED(bug) false

#endif
