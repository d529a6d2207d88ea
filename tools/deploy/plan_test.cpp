#include "tools/deploy/plan.hpp"

#include "tools/deploy/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::deploy {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr seconds kSettle{5};
constexpr UtcTime kNoon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 27} +
                        std::chrono::hours{12}};

/// A stream that has its feet on the ground.
Probe fine() {
  return {.version = "k2 2",
          .started_at = 100,
          .accepted = 5'000,
          .per_second = 1'000,
          .lag_s = 0.1,
          .owned_partitions = 6,
          .rss_bytes = 30 << 20};
}

SideStatus running(Probe probe = fine()) {
  return {.running = true, .probe = std::move(probe), .trouble = {}};
}
SideStatus gone() {
  return {.running = false, .probe = {}, .trouble = "exit code 1"};
}

std::vector<Proof> clean() {
  return {{.what = "ids", .command = "k2 verify", .clean = true, .verdict = "CLEAN"}};
}
std::vector<Proof> unclean() {
  return {{.what = "ids", .command = "k2 verify", .clean = false, .verdict = "7 missing"}};
}

Settings with_kafka() {
  Settings settings;
  settings.topic = {.name = "trades", .partitions = 12, .shadow = {}, .blue_is_warm = true};
  return settings;
}

/// Simulates the outside of the plan: each work is answered as the test requires, everything else
/// with success.
class PlanTest : public testing::Test {
 protected:
  Plan plan_{with_kafka(), {}};
  UtcTime now_ = kNoon;
  SideStatus blue_ = running();
  SideStatus green_ = running();
  std::vector<std::string> alerts_;
  std::vector<Proof> proofs_ = clean();
  bool starts_ = true;
  bool stops_ = true;
  bool prepared_ = true;

  [[nodiscard]] State state() const { return plan_.progress().state; }
  [[nodiscard]] std::string const& why() const { return plan_.progress().why; }

  /// Returns the answer of the outside.
  Event answer(Work const& work) {
    if (std::holds_alternative<Prepare>(work)) return Prepared{prepared_, "checked", {"Old"}};
    if (auto const* start = std::get_if<Start>(&work)) return Started{start->side, starts_, "pid"};
    if (auto const* stop = std::get_if<Stop>(&work)) {
      if (stop->side == Side::kBlue) green_.probe->owned_partitions = 12;
      if (stop->side == Side::kGreen && blue_.probe) blue_.probe->owned_partitions = 12;
      return Stopped{stop->side, stops_, "left"};
    }
    if (auto const* probe = std::get_if<ProbeAt>(&work)) {
      now_ = std::max(now_, probe->at);
      return Probed{blue_, green_, alerts_};
    }
    return Proven{proofs_};
  }

  /// Continues until the state is reached; returns the work that it starts with. A plan that waits
  /// without end fails here.
  Work run_to(State wanted) {
    Work work = plan_.on(Entered{}, now_);
    auto const until = now_ + std::chrono::hours{2};
    while (state() != wanted) {
      bool const over = std::holds_alternative<Finish>(work) || now_ > until;
      EXPECT_FALSE(over) << state_name(state()) << ": " << why();
      if (over) break;
      now_ += std::chrono::milliseconds{1};
      work = plan_.on(answer(work), now_);
    }
    return work;
  }
};

TEST_F(PlanTest, GoesFromBlueToGreenInTheOrderOfItsStates) {
  EXPECT_EQ(plan_.on(Entered{}, now_), Work{Prepare{}});
  EXPECT_EQ(plan_.on(Prepared{true, "checked", {}}, now_), (Work{Start{Side::kGreen, false}}));
  EXPECT_EQ(plan_.on(Started{Side::kGreen, true, "pid 7"}, now_), Work{ProbeAt{now_ + kPoll}});
  EXPECT_EQ(state(), State::kReadying);
  (void)plan_.on(Probed{running(), running(), {}}, now_);
  EXPECT_EQ(state(), State::kDual);
  EXPECT_EQ(plan_.progress().dual_until, now_ + minutes{10});
  EXPECT_EQ(plan_.on(Probed{running(), running(), {}}, now_), Work{ProbeAt{now_ + seconds{5}}});
  now_ += minutes{10} + kSettle;
  EXPECT_EQ(plan_.on(Probed{running(), running(), {}}, now_), Work{Prove{Check::kCompare}});
  EXPECT_EQ(plan_.on(Proven{clean()}, now_), Work{Stop{Side::kBlue}});
  EXPECT_EQ(plan_.progress().cut_at, now_);
  EXPECT_EQ(plan_.on(Stopped{Side::kBlue, true, "left"}, now_), Work{ProbeAt{now_ + kPoll}});
  Probe all = fine();
  all.owned_partitions = 12;
  (void)plan_.on(Probed{gone(), running(all), {}}, now_);
  EXPECT_EQ(state(), State::kValidating);
  now_ += minutes{15} + kSettle;
  EXPECT_EQ(plan_.on(Probed{gone(), running(all), {}}, now_), Work{Prove{Check::kPeriod}});
  EXPECT_EQ(plan_.on(Proven{clean()}, now_), Work{Finish{}});
  EXPECT_EQ(state(), State::kDone);
  EXPECT_EQ(plan_.progress().ended, now_);
}

TEST_F(PlanTest, RefusesWhatIsWrongBeforeItTouchesAnything) {
  (void)plan_.on(Entered{}, now_);
  EXPECT_EQ(plan_.on(Prepared{false, "blue does not run", {}}, now_), Work{Finish{}});
  EXPECT_EQ(state(), State::kRefused);
  EXPECT_EQ(why(), "blue does not run");
}

TEST_F(PlanTest, GoesThroughTheShadowTopicWhenThereIsOne) {
  Settings settings = with_kafka();
  settings.topic.shadow = "trades.shadow";
  plan_ = Plan{settings, {}};
  EXPECT_EQ(run_to(State::kStarting), (Work{Start{Side::kGreen, true}}));
  EXPECT_EQ(run_to(State::kPromoting), Work{Stop{Side::kGreen}});
  EXPECT_TRUE(plan_.progress().shadowed);
  EXPECT_EQ(run_to(State::kJoining), (Work{Start{Side::kGreen, false}}));
  green_.probe->started_at = 200;
  green_.probe->accepted = 1;
  (void)run_to(State::kCutting);
  EXPECT_FALSE(plan_.progress().shadowed);
  (void)run_to(State::kDone);
}

// Every check that can fail, and where.

struct Failing {
  char const* name;
  State at;
  void (*break_it)(Probe& green);
  char const* why;
};

class PlanFailing : public PlanTest, public testing::WithParamInterface<Failing> {};

TEST_P(PlanFailing, GoesBackByItself) {
  (void)run_to(GetParam().at);
  GetParam().break_it(*green_.probe);
  (void)run_to(State::kRestoring);
  EXPECT_THAT(why(), HasSubstr(GetParam().why));
  (void)run_to(State::kRolledBack);
  EXPECT_EQ(plan_.progress().back.size(), 1U);
  EXPECT_TRUE(plan_.progress().back_at);
}

INSTANTIATE_TEST_SUITE_P(
    Checks, PlanFailing,
    testing::Values(
        Failing{"NeverReady", State::kReadying,
                [](Probe& green) { green.unready = "no connection"; }, "not ready in 2m"},
        Failing{"NeverWhole", State::kReadying, [](Probe& green) { green.holes = 1; },
                "not ready in 2m"},
        Failing{"Unready", State::kDual, [](Probe& green) { green.unready = "no connection"; },
                "it is not ready: no connection"},
        Failing{"DeclaresGaps", State::kDual, [](Probe& green) { green.gaps_declared = 1; },
                "1 more declared gaps"},
        Failing{"Incomplete", State::kDual, [](Probe& green) { green.minutes_incomplete = 2; },
                "2 more minutes"},
        Failing{"CannotRead", State::kDual, [](Probe& green) { green.dead_letters = 3; },
                "3 more dead letters"},
        Failing{"Restarts", State::kDual, [](Probe& green) { green.started_at = 200; },
                "restarted by itself"},
        Failing{"JournalFails", State::kDual, [](Probe& green) { green.journal_failing = true; },
                "its journal fails"},
        Failing{"IsBehind", State::kDual, [](Probe& green) { green.lag_s = 6; }, "6.0 s behind"},
        Failing{"BehindAlone", State::kValidating, [](Probe& green) { green.lag_s = 9; },
                "9.0 s behind"},
        Failing{"GapsAlone", State::kValidating, [](Probe& green) { green.gaps_declared = 4; },
                "4 more declared gaps"},
        Failing{"TakesNotAll", State::kTakingOver,
                [](Probe& green) { green.owned_partitions = 11; },
                "did not have everything in 1m"}),
    [](auto const& one) { return std::string{one.param.name}; });

TEST_F(PlanTest, GoesBackWhenGreenDiesInAnyState) {
  for (State const at : {State::kReadying, State::kDual, State::kTakingOver, State::kValidating}) {
    plan_ = Plan{with_kafka(), {}};
    green_ = running();
    (void)run_to(at);
    green_ = gone();
    (void)run_to(State::kRestoring);
    EXPECT_THAT(why(), HasSubstr("green has ended: exit code 1")) << state_name(at);
    green_ = running();
    (void)run_to(State::kRolledBack);
  }
}

TEST_F(PlanTest, GoesBackWhenGreenCannotBeBegun) {
  (void)run_to(State::kStarting);
  (void)plan_.on(Started{Side::kGreen, false, "no such file"}, now_);
  EXPECT_EQ(state(), State::kRestoring);
  (void)run_to(State::kRolledBack);
}

TEST_F(PlanTest, GoesBackWhenTheIdsDiffer) {
  (void)run_to(State::kDiffing);
  EXPECT_EQ(plan_.on(Proven{unclean()}, now_), Work{Start{Side::kBlue}});
  EXPECT_THAT(why(), HasSubstr("7 missing"));
  EXPECT_FALSE(plan_.progress().diff.front().clean);
  (void)run_to(State::kRolledBack);
}

TEST_F(PlanTest, GoesBackWhenTheWholeTimeIsNotClean) {
  (void)run_to(State::kVerifying);
  (void)plan_.on(Proven{unclean()}, now_);
  EXPECT_EQ(state(), State::kRestoring);
  (void)run_to(State::kRolledBack);
}

TEST_F(PlanTest, TakesNoProofForNoProof) {
  (void)run_to(State::kDiffing);
  (void)plan_.on(Proven{}, now_);
  EXPECT_EQ(state(), State::kRestoring);
}

TEST_F(PlanTest, GoesBackWhenBlueDoesNotLeave) {
  (void)run_to(State::kCutting);
  (void)plan_.on(Stopped{Side::kBlue, false, "it stays"}, now_);
  EXPECT_EQ(state(), State::kRestoring);
}

TEST_F(PlanTest, GoesBackWhenBlueDiesWhileBothRun) {
  (void)run_to(State::kDual);
  (void)plan_.on(Probed{gone(), running(), {}}, now_);
  EXPECT_EQ(state(), State::kRestoring);
  EXPECT_THAT(why(), HasSubstr("blue has ended"));
}

TEST_F(PlanTest, BearsATroubleThatPasses) {
  (void)run_to(State::kDual);
  Probe behind = fine();
  behind.lag_s = 6;
  (void)plan_.on(Probed{running(), running(behind), {}}, now_);
  now_ += seconds{29};
  (void)plan_.on(Probed{running(), running(behind), {}}, now_);
  now_ += seconds{5};
  (void)plan_.on(Probed{running(), running(), {}}, now_);
  now_ += seconds{1};
  (void)plan_.on(Probed{running(), running(behind), {}}, now_);
  EXPECT_EQ(state(), State::kDual);
  now_ += seconds{30};
  (void)plan_.on(Probed{running(), running(behind), {}}, now_);
  EXPECT_EQ(state(), State::kRestoring);
}

TEST_F(PlanTest, GoesBackWhenGreenStopsAnswering) {
  (void)run_to(State::kValidating);
  green_ = {.running = true, .probe = {}, .trouble = "no answer in 5 s"};
  (void)run_to(State::kRestoring);
  EXPECT_THAT(why(), HasSubstr("it does not answer"));
}

TEST_F(PlanTest, CountsNewAlertsOnly) {
  alerts_ = {"Old"};
  (void)run_to(State::kValidating);
  alerts_ = {"Old", "BinanceGapOpen"};
  (void)run_to(State::kRestoring);
  EXPECT_THAT(why(), HasSubstr("alert BinanceGapOpen"));
}

TEST_F(PlanTest, SaysThatAlertsAreUnknownWhenPrometheusDies) {
  (void)run_to(State::kValidating);
  auto const probe = [this](std::string trouble) {
    (void)plan_.on(Probed{gone(), green_, {}, std::move(trouble)}, now_);
    return plan_.progress().watched.alerts_unknown;
  };
  EXPECT_EQ(probe("connection refused"), "");
  now_ += seconds{29};
  EXPECT_EQ(probe("connection refused"), "");
  EXPECT_EQ(probe(""), "") << "it is back in time";
  now_ += seconds{20};
  EXPECT_EQ(probe("connection refused"), "");
  now_ += seconds{30};
  EXPECT_THAT(probe("connection refused"), HasSubstr("did not answer for 30.0 s in validating"));
  EXPECT_EQ(state(), State::kValidating) << "it proves nothing about green";
  EXPECT_THAT(probe(""), HasSubstr("connection refused")) << "once unknown, it stays so";
  (void)run_to(State::kDone);
  EXPECT_THAT(verdict_line(plan_.progress()), HasSubstr("DEPLOYED, alerts UNKNOWN: Prometheus"));
}

TEST_F(PlanTest, CallsNoGrowthALeakWhileGreenSettles) {
  (void)run_to(State::kDual);
  now_ += minutes{1};
  Probe grown = fine();
  grown.rss_bytes = 60 << 20;
  (void)plan_.on(Probed{running(), running(grown), {}}, now_);
  now_ += minutes{5};
  grown.rss_bytes = 91 << 20;
  (void)plan_.on(Probed{running(), running(grown), {}}, now_);
  EXPECT_EQ(state(), State::kDual);
  grown.rss_bytes = 93 << 20;
  (void)plan_.on(Probed{running(), running(grown), {}}, now_);
  EXPECT_EQ(state(), State::kRestoring);
}

TEST_F(PlanTest, CallsNoGrowthALeakWhileGreenTakesOver) {
  (void)run_to(State::kValidating);
  now_ += minutes{1};
  Probe grown = *green_.probe;
  grown.rss_bytes = 90 << 20;
  (void)plan_.on(Probed{gone(), running(grown), {}}, now_);
  EXPECT_EQ(state(), State::kValidating);
  now_ += minutes{3};
  grown.rss_bytes = 123 << 20;
  (void)plan_.on(Probed{gone(), running(grown), {}}, now_);
  EXPECT_EQ(state(), State::kRestoring);
  EXPECT_THAT(why(), HasSubstr("grown by 33.0 MB to 123.0 MB (limit 32)"));
}

TEST_F(PlanTest, WaitsForARepairBeforeItCompares) {
  (void)run_to(State::kDual);
  now_ += minutes{10} + kSettle;
  Probe hole = fine();
  hole.holes = 1;
  EXPECT_EQ(plan_.on(Probed{running(), running(hole), {}}, now_), Work{ProbeAt{now_ + kPoll}});
  now_ += seconds{30};  // then the comparison is to tell
  EXPECT_EQ(plan_.on(Probed{running(), running(hole), {}}, now_), Work{Prove{Check::kCompare}});
}

// The way back.

TEST_F(PlanTest, FailsWithGreenLeftAloneWhenBlueCannotComeBack) {
  (void)run_to(State::kValidating);
  (void)plan_.on(RollbackAsked{}, now_);
  EXPECT_EQ(plan_.on(Started{Side::kBlue, false, "no such file"}, now_), Work{Finish{}});
  EXPECT_EQ(state(), State::kFailed);
}

TEST_F(PlanTest, FailsWhenBlueEndsOrIsNotReadyInTime) {
  (void)run_to(State::kValidating);
  (void)plan_.on(RollbackAsked{}, now_);
  (void)plan_.on(Started{Side::kBlue, true, "pid"}, now_);
  Plan ended = plan_;
  (void)ended.on(Probed{gone(), running(), {}}, now_);
  EXPECT_EQ(ended.progress().state, State::kFailed);
  SideStatus const deaf{.running = true, .probe = {}, .trouble = "deaf"};
  (void)plan_.on(Probed{deaf, running(), {}}, now_ + minutes{1});
  EXPECT_EQ(state(), State::kRestoring);
  (void)plan_.on(Probed{deaf, running(), {}}, now_ + minutes{2});
  EXPECT_EQ(state(), State::kFailed);
}

TEST_F(PlanTest, FailsWhenWhatBlueHoldsIsNotClean) {
  (void)run_to(State::kDual);
  (void)plan_.on(RollbackAsked{}, now_);
  (void)run_to(State::kChecking);
  (void)plan_.on(Proven{unclean()}, now_);
  EXPECT_EQ(state(), State::kFailed);
  EXPECT_THAT(why(), HasSubstr("requested by the operator; blue's records are not clean"));
}

TEST_F(PlanTest, GoesBackOnDemandAlsoWhenAllIsDone) {
  (void)run_to(State::kDone);
  EXPECT_EQ(plan_.on(RollbackAsked{}, now_), Work{Start{Side::kBlue}});
  (void)run_to(State::kRolledBack);
  EXPECT_EQ(plan_.on(RollbackAsked{}, now_), Work{Finish{}});
}

TEST_F(PlanTest, CallsOffWhatHasNotBegun) {
  (void)plan_.on(Entered{}, now_);
  EXPECT_EQ(plan_.on(RollbackAsked{}, now_), Work{Finish{}});
  EXPECT_EQ(state(), State::kRefused);
}

// A tool that was killed: in every state, before its work and after it.

class PlanResumed : public PlanTest, public testing::WithParamInterface<State> {};

TEST_P(PlanResumed, EndsWhole) {
  bool const back = GetParam() >= State::kRestoring;
  Settings settings = with_kafka();
  settings.topic.shadow = "trades.shadow";
  plan_ = Plan{settings, {}};
  Work work = run_to(back ? State::kValidating : GetParam());
  if (back) {
    (void)plan_.on(RollbackAsked{}, now_);
    work = run_to(GetParam());
  }
  auto const kept = parse_progress(progress_json(plan_.progress())).value();
  EXPECT_EQ(kept, plan_.progress());
  Plan again{parse_settings(settings_json(settings)).value(), kept};
  now_ += minutes{3};
  Work const taken_up = again.on(Entered{}, now_);
  EXPECT_EQ(taken_up.index(), work.index()) << "the same work once more";
  plan_ = std::move(again);
  (void)run_to(back ? State::kRolledBack : State::kDone);
}

INSTANTIATE_TEST_SUITE_P(States, PlanResumed,
                         testing::Values(State::kPreparing, State::kStarting, State::kReadying,
                                         State::kDual, State::kDiffing, State::kPromoting,
                                         State::kJoining, State::kCutting, State::kTakingOver,
                                         State::kValidating, State::kVerifying, State::kRestoring,
                                         State::kWithdrawing, State::kReturning, State::kChecking),
                         [](auto const& one) {
                           std::string name{state_name(one.param)};
                           std::erase(name, '-');
                           return name;
                         });

TEST(Progress, NamesWhatIsNotItsOwn) {
  EXPECT_EQ(parse_progress("{}").error().code, Errc::kDataCorrupt);
  EXPECT_EQ(parse_progress("cut off").error().code, Errc::kDataCorrupt);
  EXPECT_EQ(parse_settings("[]").error().code, Errc::kDataCorrupt);
}

TEST(LookOfDeploy, ReadsTheStatusOfAStream) {
  auto const probe = read_probe(R"({"version":"k2 1","alive":true,"unready":["a","b"],"tape":{
    "accepted":7,"per_second":1.5,"backfilled":2,"holes":1,"gaps_declared":3,"dead_letters":4,
    "audit_minutes":{"complete":9,"incomplete":5,"unjudged":0}},
    "journal":{"waiting_trades":6,"failing":true},
    "kafka":{"lag_s":0.25,"lag_records":8,"owned_partitions":[1,5]},
    "process":{"started_at":12.5,"rss_bytes":1048576}})");
  ASSERT_TRUE(probe) << probe.error().to_string();
  EXPECT_EQ(*probe, (Probe{.version = "k2 1",
                           .started_at = 12.5,
                           .unready = "a; b",
                           .accepted = 7,
                           .per_second = 1.5,
                           .backfilled = 2,
                           .holes = 1,
                           .gaps_declared = 3,
                           .dead_letters = 4,
                           .minutes_incomplete = 5,
                           .journal_waiting = 6,
                           .journal_failing = true,
                           .lag_s = 0.25,
                           .lag_records = 8,
                           .owned_partitions = 2,
                           .rss_bytes = 1'048'576}));
  EXPECT_EQ(read_probe("{}").error().code, Errc::kFieldMissing);
  EXPECT_EQ(read_probe("no").error().code, Errc::kJsonSyntax);
}

}  // namespace
}  // namespace k2::deploy
