#include "tests/simulation/mutants.hpp"

#include "core/planted.hpp"

#include <algorithm>
#include <array>

namespace k2::simulation {
namespace {

using kafka::Behaviour;
constexpr auto kKafka = Mutant::World::kKafka;

constexpr std::array kMutants = std::to_array<Mutant>({
    {"skip-dedupe", PlantedBug::kSkipDedupe},
    {"accept-ahead", PlantedBug::kAcceptAhead},
    {"drop-waiting", PlantedBug::kDropWaiting},
    {"wrong-from-id", PlantedBug::kWrongFromId},
    {"ignore-retry-after", PlantedBug::kIgnoreRetryAfter},
    {"skip-late", PlantedBug::kSkipLate},
    {"stale-position", PlantedBug::kStalePosition},
    {"never-retry", PlantedBug::kNeverRetry},
    {"error-repairs", PlantedBug::kErrorRepairs},
    {"forget-gaps", PlantedBug::kForgetGaps},
    {"position-ahead", PlantedBug::kPositionAhead},
    {"hide-gap", PlantedBug::kHideGap},
    {"drop-refused-batch", PlantedBug::kDropRefusedBatch},
    {"close-old-early", PlantedBug::kCloseOldEarly},
    {"forget-backfill", PlantedBug::kForgetBackfill},
    {"ignore-silence", PlantedBug::kIgnoreSilence},
    {"ignore-used-weight", PlantedBug::kIgnoreUsedWeight},
    {"trust-far-ids", PlantedBug::kTrustFarIds},
    {"ignore-candle-ids", PlantedBug::kIgnoreCandleIds},
    {"trust-far-rows", PlantedBug::kTrustFarRows},
    {"splice-restarted-ids", PlantedBug::kSpliceRestartedIds},
    {"forget-when-full", PlantedBug::kForgetWhenFull},
    {"unfair-budget", PlantedBug::kUnfairBudget},
    {"judge-unrepaired", PlantedBug::kJudgeUnrepaired},
    {"keep-backoff", PlantedBug::kKeepBackoff},
    {"forgive-flapping", PlantedBug::kForgiveFlapping},
    {"refusal-is-outage", PlantedBug::kRefusalIsOutage},
    {"wait-for-unusable", PlantedBug::kWaitForUnusable},
    {"pause-alone", PlantedBug::kPauseAlone},
    {"ignore-share", PlantedBug::kIgnoreShare},
    {"topic-position-alone", PlantedBug::kTopicPositionAlone, kKafka},
    {"skip-group-check", PlantedBug::kSkipGroupCheck, kKafka},
    {"resume-from-journal", PlantedBug::kResumeFromJournal, kKafka},
    {"stale-load", PlantedBug::kStaleLoad, kKafka},
    {"keep-producer-epoch", PlantedBug::kKeepProducerEpoch, kKafka},
    {"positions-before-records", PlantedBug::kPositionsBeforeRecords, kKafka},
    {"stay-after-abort", PlantedBug::kStayAfterAbort, kKafka},
    {"read-to-stable-offset", PlantedBug::kReadToStableOffset, kKafka},
    {"believe-unknown-commit", PlantedBug::kBelieveUnknownCommit, kKafka},
    {"forget-topic-gaps", PlantedBug::kForgetTopicGaps, kKafka},
    {"silent-taken-gaps", PlantedBug::kSilentTakenGaps, kKafka},
    {"gaps-outside", PlantedBug::kGapsOutside, kKafka},
    {"forget-letters", PlantedBug::kForgetLetters, kKafka},
    {"never-sweep", PlantedBug::kNeverSweep, kKafka, Behaviour::kForgottenMarkers},
    {"sweep-own-only", PlantedBug::kSweepOwnOnly, kKafka, Behaviour::kForgottenMarkers},
    {"trust-broken-connection", PlantedBug::kTrustBrokenConnection, kKafka,
     Behaviour::kLateRequests},
    {"ask-positions-only", PlantedBug::kAskPositionsOnly, kKafka},
    {"skip-comparison", PlantedBug::kSkipComparison, kKafka, Behaviour::kPartialMarkers},
    {"settle-rejected", PlantedBug::kSettleRejected, kKafka},
    {"skip-positions-check", PlantedBug::kSkipPositionsCheck, kKafka, Behaviour::kTopicChanges},
    {"keep-surplus", PlantedBug::kKeepSurplus, kKafka, Behaviour::kAddedPartitions},
    {"never-reopen", PlantedBug::kNeverReopen, kKafka},
    {"reopen-unread", PlantedBug::kReopenUnread, kKafka},
    {"forget-reopened", PlantedBug::kForgetReopened, kKafka},
});

}  // namespace

std::span<Mutant const> mutants() noexcept {
  return kMutants;
}

Mutant const* mutant_named(std::string_view name) noexcept {
  auto const found = std::ranges::find(kMutants, name, &Mutant::name);
  return found == kMutants.end() ? nullptr : &*found;
}

}  // namespace k2::simulation
