// k2-simulate: runs simulated worlds by seed, and any one of them again.
#include "core/planted.hpp"
#include "tests/simulation/kafka/world.hpp"
#include "tests/simulation/mutants.hpp"
#include "tests/simulation/oracle_failure.hpp"
#include "tests/simulation/story.hpp"
#include "tests/simulation/world.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::simulation {
namespace {

std::deque<std::string> const* running_events = nullptr;
std::uint64_t running_seed = 0;
bool with_kafka = false;
kafka::Behaviours behaviours;

void print_failure() {
  fmt::print("the last events:\n");
  for (std::string const& event : *running_events) fmt::print("  {}\n", event);
  fmt::print("replay: k2-simulate {}--seed {} --verbose\n", with_kafka ? "--kafka " : "",
             running_seed);
  std::fflush(stdout);
}

/// Handles the abort of a broken assertion: prints the seed and ends the process. Nothing else runs
/// by then.
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
      "{} rebalances, {} producers replaced, {} errors, {} records lost, {} partial commits, {} "
      "ids reopened",
      counts.trades, counts.late, counts.gap_changes, counts.dead_letters, counts.positions,
      report.faults, report.rebalances, report.replaced_producers, report.errors,
      report.lost_records, report.partial_commits, report.reopened);
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
    kafka::KafkaWorld world{seed, verbose, behaviours};
    return run_world(world, seed, summary);
  }
  World world{{.seed = seed, .verbose = verbose}};
  return run_world(world, seed, summary);
}

/// Plants a mutant, and chooses the kind of world that can find it.
bool plant(std::string_view name) {
  Mutant const* const mutant = mutant_named(name);
  if (mutant == nullptr) return false;
  planted_bug = mutant->bug;
  with_kafka = with_kafka || mutant->world == Mutant::World::kKafka;
  return true;
}

/// Prints a line for each mutant: its name and, if only one behaviour can find it, that one.
int list_mutants() {
  for (Mutant const& mutant : mutants()) {
    fmt::print("{} {}\n", mutant.name, mutant.only ? kafka::name_of(*mutant.only) : "-");
  }
  return 0;
}

/// Switches behaviours of worlds with Kafka off; false when there is none of such a name.
bool switch_off(std::vector<std::string> const& names) {
  for (std::string const& name : names) {
    auto const behaviour = kafka::behaviour_named(name);
    if (!behaviour) {
      fmt::print(stderr, "unknown behaviour '{}'\n", name);
      return false;
    }
    behaviours.set(*behaviour, false);
  }
  return true;
}

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 1;
};

std::optional<Seeds> parse_seeds(std::string const& text) {
  Seeds seeds;
  char rest = 0;
  // NOLINTNEXTLINE(cert-err34-c): the count of fields shows that the numbers were read
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
  auto* const chosen = app.add_option(
      "--story", story, "Run a scenario with production's settings: " + story_names());
  app.add_option("--days", days, "How long the week is")->check(CLI::Range(1, 31))->needs(chosen);
  app.add_flag("--kafka", with_kafka, "Worlds of processes that share a topic");
  app.add_flag("--verbose", verbose, "Print every event");
  std::string planted;
  bool list = false;
  app.add_option("--planted", planted, "Plant a bug, and stop at the first seed that finds it");
  app.add_flag("--list-planted", list,
               "Print the bugs that can be planted, each with the behaviour that alone finds it");
  std::vector<std::string> without;
  app.add_option("--without", without, "Switch behaviours of worlds with Kafka off")
      ->delimiter(',');
  CLI11_PARSE(app, count, arguments);
  if (list) return list_mutants();
  if (!switch_off(without)) return 2;
  if (!planted.empty() && !plant(planted)) {
    fmt::print(stderr, "there is no bug '{}'; see --list-planted\n", planted);
    return 2;
  }
  if (!story.empty()) return run_story(story, {.seed = seed, .days = days, .verbose = verbose});
  std::signal(SIGABRT, on_abort);
  if (range.empty()) return run({seed, seed}, verbose, false);
  auto const seeds = parse_seeds(range);
  if (seeds) return run(*seeds, verbose, !planted.empty());
  fmt::print(stderr, "--seeds requires FIRST..LAST, for example 1..200, not '{}'\n", range);
  return 2;
}

}  // namespace
}  // namespace k2::simulation

int main(int count, char** arguments) {
  return k2::simulation::main_of(count, arguments);
}
