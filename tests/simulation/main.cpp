// k2-simulate: runs simulated worlds by seed, and any one of them again.
#include "core/planted.hpp"
#include "tests/simulation/kafka/world.hpp"
#include "tests/simulation/oracle_failure.hpp"
#include "tests/simulation/story.hpp"
#include "tests/simulation/world.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace k2::simulation {
namespace {

std::deque<std::string> const* running_events = nullptr;
std::uint64_t running_seed = 0;
bool with_kafka = false;

void print_failure() {
  fmt::print("the last events:\n");
  for (std::string const& event : *running_events) fmt::print("  {}\n", event);
  fmt::print("replay: k2-simulate {}--seed {} --verbose\n", with_kafka ? "--kafka " : "",
             running_seed);
  std::fflush(stdout);
}

/// A broken assertion aborts; the seed is said before. Nothing else runs by then.
void on_abort(int /*signal*/) {
  fmt::print("seed {} FAILED: assertion\n", running_seed);
  print_failure();
  std::_Exit(1);
}

std::string summary_of(WorldReport const& report) {
  return fmt::format("{} trades, {} faults, {} restarts, {} connects, {} events", report.trades,
                     report.faults, report.restarts, report.connects, report.events);
}

std::string summary_of(kafka::KafkaReport const& report) {
  auto const& counts = report.counts;
  return fmt::format(
      "{} trades, {} LATE, {} changes of gaps, {} dead letters, {} positions, {} faults, "
      "{} rebalances, {} producers replaced, {} errors, {} records lost",
      counts.trades, counts.late, counts.gap_changes, counts.dead_letters, counts.positions,
      report.faults, report.rebalances, report.replaced_producers, report.errors,
      report.lost_records);
}

template <class AnyWorld>
bool run_world(AnyWorld& world, std::uint64_t seed, bool summary) {
  running_events = &world.last_events();
  running_seed = seed;
  try {
    auto const report = world.run();
    if (summary) {
      fmt::print("seed {} hash {:016x}: {}\n", seed, report.hash, summary_of(report));
    }
    return true;
  } catch (OracleFailure const& failure) {
    fmt::print("seed {} FAILED: {}: {}\n", seed, failure.oracle(), failure.what());
    print_failure();
    return false;
  }
}

bool run_seed(std::uint64_t seed, bool verbose, bool summary) {
  if (with_kafka) {
    kafka::KafkaWorld world{seed, verbose};
    return run_world(world, seed, summary);
  }
  World world{{.seed = seed, .verbose = verbose}};
  return run_world(world, seed, summary);
}

constexpr std::array<std::pair<std::string_view, PlantedBug>, 36> kPlanted{{
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
    {"topic-position-alone", PlantedBug::kTopicPositionAlone},
    {"skip-group-check", PlantedBug::kSkipGroupCheck},
    {"resume-from-journal", PlantedBug::kResumeFromJournal},
    {"stale-load", PlantedBug::kStaleLoad},
    {"keep-producer-epoch", PlantedBug::kKeepProducerEpoch},
    {"positions-before-records", PlantedBug::kPositionsBeforeRecords},
    {"stay-after-abort", PlantedBug::kStayAfterAbort},
    {"read-to-stable-offset", PlantedBug::kReadToStableOffset},
    {"believe-unknown-commit", PlantedBug::kBelieveUnknownCommit},
    {"forget-topic-gaps", PlantedBug::kForgetTopicGaps},
    {"silent-taken-gaps", PlantedBug::kSilentTakenGaps},
    {"gaps-outside", PlantedBug::kGapsOutside},
    {"forget-letters", PlantedBug::kForgetLetters},
    {"never-sweep", PlantedBug::kNeverSweep},
    {"sweep-own-only", PlantedBug::kSweepOwnOnly},
    {"trust-broken-connection", PlantedBug::kTrustBrokenConnection},
    {"ask-positions-only", PlantedBug::kAskPositionsOnly},
}};

/// Where in the list the bugs of delivery into Kafka begin.
constexpr std::size_t kPlantedInKafka = 19;

/// `kafka` becomes true for a bug that only a world with Kafka can find.
bool plant(std::string_view name, bool& kafka) {
  for (std::size_t at = 0; at < kPlanted.size(); ++at) {
    if (kPlanted[at].first != name) continue;
    planted_bug = kPlanted[at].second;
    kafka = kafka || at >= kPlantedInKafka;
  }
  return planted_bug != PlantedBug::kNone;
}

int list_planted() {
  for (auto const& [name, bug] : kPlanted) fmt::print("{}\n", name);
  return 0;
}

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

std::optional<Seeds> parse_seeds(std::string const& text) {
  Seeds seeds;
  char rest = 0;
  // NOLINTNEXTLINE(cert-err34-c): the count of fields says whether the numbers were read
  if (std::sscanf(text.c_str(), "%lu..%lu%c", &seeds.first, &seeds.last, &rest) != 2) return {};
  if (seeds.first > seeds.last) return {};
  return seeds;
}

int run(Seeds seeds, bool verbose, bool until_failure) {
  bool const one = seeds.first == seeds.last;
  std::uint64_t failed = 0;
  for (std::uint64_t seed = seeds.first; seed <= seeds.last; ++seed) {
    if (!run_seed(seed, verbose, one)) ++failed;
    if (until_failure && failed > 0) return 1;
    std::uint64_t const done = seed - seeds.first + 1;
    if (!one && done % 500 == 0) {
      fmt::print("{} seeds, {} failed\n", done, failed);
      std::fflush(stdout);
    }
  }
  if (!one) fmt::print("{} seeds, {} failed\n", seeds.last - seeds.first + 1, failed);
  return failed == 0 ? 0 : 1;
}

int run_story(std::string const& story, StoryOptions const& options) {
  try {
    fmt::print("{}", tell(story, options));
    return 0;
  } catch (OracleFailure const& failure) {
    fmt::print("story {} FAILED: {}: {}\n", story, failure.oracle(), failure.what());
    return 1;
  } catch (std::invalid_argument const& wrong) {
    fmt::print(stderr, "{}\n", wrong.what());
    return 2;
  }
}

int main_of(int count, char** arguments) {
  CLI::App app{
      "Runs the real shard in simulated worlds: ten minutes of faults, then healing, then rest.\n"
      "A seed that fails prints its last events; the same seed replays it byte for byte.",
      "k2-simulate"};
  std::uint64_t seed = 1;
  std::string range;
  bool verbose = false;
  auto* const one = app.add_option("--seed", seed, "Run one world and print its hash");
  app.add_option("--seeds", range, "Run many worlds, for example 1..200")->excludes(one);
  std::string story;
  int days = 7;
  auto* const told =
      app.add_option("--story", story, "Tell a story with production's settings: " + story_names());
  app.add_option("--days", days, "How long the week is")->check(CLI::Range(1, 31))->needs(told);
  app.add_flag("--kafka", with_kafka, "Worlds of processes that share a topic");
  app.add_flag("--verbose", verbose, "Print every event");
  std::string planted;
  bool list = false;
  app.add_option("--planted", planted, "Plant a bug, and stop at the first seed that finds it");
  app.add_flag("--list-planted", list, "Print the names of the bugs that can be planted");
  CLI11_PARSE(app, count, arguments);
  if (list) return list_planted();
  if (!planted.empty() && !plant(planted, with_kafka)) {
    fmt::print(stderr, "there is no bug '{}'; see --list-planted\n", planted);
    return 2;
  }
  if (!story.empty()) return run_story(story, {.seed = seed, .days = days, .verbose = verbose});
  std::signal(SIGABRT, on_abort);
  if (range.empty()) return run({seed, seed}, verbose, false);
  auto const seeds = parse_seeds(range);
  if (seeds) return run(*seeds, verbose, !planted.empty());
  fmt::print(stderr, "--seeds wants FIRST..LAST, for example 1..200, not '{}'\n", range);
  return 2;
}

}  // namespace
}  // namespace k2::simulation

int main(int count, char** arguments) {
  return k2::simulation::main_of(count, arguments);
}
