// Deliberate bugs (mutants) that the simulation must find. A place in the code queries
// K2_PLANTED(kName), which can only be true in the simulation's own build, with K2_PLANTED_BUGS. In
// the program itself the macro is the constant false and generates no code. docs/simulation.md
// lists them.
#pragma once

#ifdef K2_PLANTED_BUGS

#include <cstdint>

namespace k2 {

enum class PlantedBug : std::uint8_t {
  kNone,
  /// A trade that was seen before is accepted again.
  kSkipDedupe,
  /// A trade ahead of a gap is accepted immediately.
  kAcceptAhead,
  /// Trades that waited behind a gap are not delivered.
  kDropWaiting,
  /// The backfill starts two ids behind the first missing one. (A start one id behind it is
  /// corrected by the check of the id before an absent one.)
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
  /// Delivery continues past a gap without a record of it.
  kHideGap,
  /// A batch that the journal refuses is dropped.
  kDropRefusedBatch,
  /// A rotation closes the old line as soon as the new one is upgraded.
  kCloseOldEarly,
  /// A symbol continues with its first trade after a time without a connection.
  kForgetBackfill,
  /// A line on which nothing comes is not noticed.
  kIgnoreSilence,
  /// The exchange's own count of REST weight, others' included, is not listened to.
  kIgnoreUsedWeight,
  /// A position is committed to the topic without the trades that it covers.
  kTopicPositionAlone,
  /// Transactions do not carry the group's metadata, so a zombie's transaction is not refused.
  kSkipGroupCheck,
  /// A partition is delivered from where the journal ends, not from what the topic lacks.
  kResumeFromJournal,
  /// Positions that were read before the assignment changed are taken for the new assignment.
  kStaleLoad,
  /// The transaction is aborted after a broken connection, but the producer keeps its epoch.
  kKeepProducerEpoch,
  /// Positions are produced together with the records that they cover.
  kPositionsBeforeRecords,
  /// Delivery continues after an abort from what it remembers of the topic.
  kStayAfterAbort,
  /// Positions are read to the last stable offset, past which a transaction may still commit.
  kReadToStableOffset,
  /// A transaction whose outcome is not known counts as committed.
  kBelieveUnknownCommit,
  /// Ids that are missing in the topic do not change hands.
  kForgetTopicGaps,
  /// The backfill does not learn of a gap that another process declared.
  kSilentTakenGaps,
  /// Changes of gaps are produced in the transaction after the one that makes them true.
  kGapsOutside,
  /// The dead letters are delivered from the first one after each start.
  kForgetLetters,
  /// Transactions that the brokers left hanging are waited for.
  kNeverSweep,
  /// The abort of hanging transactions covers only those of this process's own name.
  kSweepOwnOnly,
  /// A transaction is committed though a connection broke since the one before it.
  kTrustBrokenConnection,
  /// An id far ahead of the tape is taken as it comes.
  kTrustFarIds,
  /// A row of REST with an id far ahead of the tape is taken as it comes.
  kTrustFarRows,
  /// Ids that start over are taken for duplicates, and for the old tape once they pass its end.
  kSpliceRestartedIds,
  /// A full reorder buffer forgets trades although nothing repairs the gap before them.
  kForgetWhenFull,
  /// A long catch-up spends the request weight as small gaps do.
  kUnfairBudget,
  /// Minutes are judged although what they lack is being fetched.
  kJudgeUnrepaired,
  /// The attempts for a declared gap of a symbol delay its next gap.
  kKeepBackoff,
  /// A connection that was cut right after its first trade starts its waits over.
  kForgiveFlapping,
  /// The refusal of one symbol's request counts as an outage for all.
  kRefusalIsOutage,
  /// An id that the record cannot hold is waited for.
  kWaitForUnusable,
  /// A Retry-After holds only for the connection that received it.
  kPauseAlone,
  /// The part of the weight that others of the address use is spent as well.
  kIgnoreShare,
  /// An id that a candle names and the tape lacks is no evidence until its minute is closed.
  kIgnoreCandleIds,
  /// The positions topic is the only one that is checked for hanging transactions.
  kAskPositionsOnly,
  /// Positions are not compared with the trades after hanging transactions were aborted.
  kSkipComparison,
  /// A rejected transaction counts as delivered once it is aborted.
  kSettleRejected,
  /// Positions that are missing beside trades are taken for those of a new topic.
  kSkipPositionsCheck,
  /// Partitions that were added to the positions topic are taken for the configured ones.
  kKeepSurplus,
  /// Ids that the topic lacks and the journal does not hold are never fetched again.
  kNeverReopen,
  /// Missing ids are fetched before the journal has been read to its end.
  kReopenUnread,
  /// The journal does not record that missing ids are open again.
  kForgetReopened,
};

/// The one that is planted in this run.
inline PlantedBug planted_bug = PlantedBug::kNone;

}  // namespace k2

#define K2_PLANTED(bug) (::k2::planted_bug == ::k2::PlantedBug::bug)

#else

#define K2_PLANTED(bug) false

#endif
