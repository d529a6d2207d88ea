#include "tools/deploy/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::deploy {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

UtcTime at(int second) {
  return UtcTime{std::chrono::sys_days{std::chrono::year{2026} / 11 / 27}} + seconds{second};
}

Progress rolled_back() {
  Progress progress;
  progress.state = State::kRolledBack;
  progress.began = at(0);
  progress.dual_from = at(10);
  progress.dual_until = at(610);
  progress.cut_at = at(620);
  progress.taken_over_at = at(622);
  progress.rollback_at = at(700);
  progress.back_at = at(703);
  progress.why = "requested by the operator";
  progress.watched.probes = 7;
  progress.watched.rss_settled_mb = 30;
  progress.watched.rss_max_mb = 31.5;
  progress.watched.backfilled_at_cut = 5;
  progress.watched.backfilled_after = 5;
  progress.diff = {{.what = "one against the other",
                    .command = "k2 verify",
                    .clean = false,
                    .verdict = "NOT CLEAN",
                    .published = 1'000,
                    .stored = 997,
                    .missing = 3}};
  progress.steps = {{.at = at(700), .state = State::kValidating, .good = false, .text = "back"}};
  return progress;
}

TEST(DeployReport, SaysHowItEndedAndWhatItTook) {
  auto const text = report_markdown({}, rolled_back());
  EXPECT_THAT(text, HasSubstr("# K2 deploy: ROLLED BACK: requested by the operator\n"));
  EXPECT_THAT(text, HasSubstr("| dual operation | 600.0 s |"));
  EXPECT_THAT(text, HasSubstr("until green had everything | 2.0 s |"));
  EXPECT_THAT(text, HasSubstr("| trades fetched over REST for it | 0 |"));
  EXPECT_THAT(text, HasSubstr("until blue had everything | 3.0 s |"));
  EXPECT_THAT(text, HasSubstr("30.0 MB settled, 31.5 MB at most, in 7 probes"));
  EXPECT_THAT(text, HasSubstr("| one against the other | NO | 1000 | 997 | 3 | 0 | 0 | 0 | 0 |"));
  EXPECT_THAT(text, HasSubstr("00:11:40 validating  back"));
}

TEST(DeployReport, IsForProgramsAsWell) {
  auto const text = report_json({}, rolled_back());
  EXPECT_THAT(text, HasSubstr("\"deployed\": false"));
  EXPECT_THAT(text, HasSubstr("\"cutover_s\": 2.0"));
  EXPECT_THAT(text, HasSubstr("\"rollback_s\": 3.0"));
  EXPECT_THAT(text, HasSubstr("\"validation_s\": null"));
}

TEST(DeployReport, HasAVerdictForEachEnd) {
  Progress progress;
  EXPECT_EQ(verdict_line(progress), "in progress: preparing");
  progress.state = State::kDone;
  EXPECT_EQ(verdict_line(progress), "DEPLOYED");
  progress.why = "x";
  progress.state = State::kRefused;
  EXPECT_EQ(verdict_line(progress), "REFUSED: x");
  progress.state = State::kFailed;
  EXPECT_EQ(verdict_line(progress), "FAILED: x");
}

TEST(DeployPaper, HasEveryPeriodAndLimit) {
  Settings settings;
  settings.topic = {.name = "trades", .partitions = 12, .shadow = {}, .blue_is_warm = true};
  auto const plain = paper_text(settings);
  for (char const* word :
       {"topic: trades, 12 partitions\n",
        "readying     wait until green is "
        "ready and lacks nothing; at most 2m\n",
        "; 10m; a probe every 5s;", "more than 32 MB", "rollback after 30s", "more than 5 s behind",
        "green alone, watched; 15m", "up to 5s before"}) {
    EXPECT_THAT(plain, HasSubstr(word));
  }
  EXPECT_THAT(plain, Not(HasSubstr("promoting")));
  EXPECT_THAT(plain, Not(HasSubstr("alert")));
  settings.topic.shadow = "shade";
  settings.prometheus = "http://p";
  auto const shadowed = paper_text(settings);
  EXPECT_THAT(shadowed, HasSubstr("promoting"));
  EXPECT_THAT(shadowed, HasSubstr("an alert fires that did not before"));
  settings.runtime = RuntimeKind::kCompose;
  settings.containers.image = "k2:2";
  EXPECT_THAT(paper_text(settings), HasSubstr("green: another one, of k2:2"));
}

}  // namespace
}  // namespace k2::deploy
