#include "tests/simulation/oracle_failure.hpp"
#include "tests/simulation/stories/stage.hpp"
#include "tests/simulation/stories/stories.hpp"

#include <fmt/format.h>

namespace k2::simulation {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr double kTradesPerSecond = 500;
constexpr std::uint64_t kTrades = 1'000'000;
/// The part of the exchange's limit per minute that K2 is configured to use.
constexpr double kWeightPerMinute = 6'000 * 0.9;

/// Far longer than the repair may take.
constexpr minutes kPatience{30};

class Hole : public Stage {
 public:
  explicit Hole(StoryOptions const& options)
      : Stage(options, kTradesPerSecond, production(symbols_of({"BTCUSDT", "ETHUSDT"}))) {}

  std::string tell() {
    process_.start();
    queue_.run_until(MonoTime{minutes{1}});
    std::uint64_t const before = published();
    ++troubles_;
    process_.crash(true);
    while (published() < before + kTrades) pass(seconds{1});
    process_.start();
    MonoTime const began = clock_.mono;
    std::uint64_t const weight_before = rest_.weight();
    do {
      pass(seconds{1});
    } while (process_.status().holes > 0 && clock_.mono - began < kPatience);
    double const took = std::chrono::duration<double>{clock_.mono - began}.count();
    auto const weight = static_cast<double>(rest_.weight() - weight_before);
    double const share = weight / (kWeightPerMinute * took / 60);

    play_until(clock_.mono + minutes{5});
    demand_at_least("trades fetched", tally().backfilled, kTrades);
    demand_at_least("percent of the weight budget used", static_cast<std::uint64_t>(share * 100),
                    90);
    demand_exactly("gaps declared", tally().gaps_declared, 0);
    demand_exactly("trades out of order", tally().late, 0);
    return table(row("time of repair", fmt::format("{:.0f} s", took)) +
                 row("weight budget used", fmt::format("{:.1f} %", share * 100)) +
                 row("waiting trades at most", fmt::format("{}", process_.waiting_max())) +
                 row("pages ahead at most", fmt::format("{}", process_.shelved_max())));
  }

 private:
  [[nodiscard]] std::uint64_t published() { return venue_.box().trades_published(); }
  void pass(seconds span) { queue_.run_until(clock_.mono + span); }
};

}  // namespace

std::string tell_hole(StoryOptions const& options) {
  return Hole{options}.tell();
}

}  // namespace k2::simulation
