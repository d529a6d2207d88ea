#include "tests/simulation/stories/stage.hpp"
#include "tests/simulation/stories/stories.hpp"

namespace k2::simulation {
namespace {

using std::chrono::hours;

constexpr double kTradesPerMinute = 1;

/// Silences of half a minute and more are this market's everyday life.
class QuietMarket : public Stage {
 public:
  explicit QuietMarket(StoryOptions const& options)
      : Stage(options, 2 * kTradesPerMinute / 60, production(symbols_of({"BTCUSDT", "ETHUSDT"}))) {}

  std::string tell() {
    process_.start();
    play_until(MonoTime{hours{24}});
    demand_between("rotations", tally().rotations, 4, 6);
    demand_at_most("connections", tally().connects, 48);
    demand_at_most("REST requests", tally().rest_requests, 24);
    demand_exactly("lines lost", tally().losses, 0);
    demand_exactly("holes", tally().holes, 0);
    demand_exactly("gaps declared", tally().gaps_declared, 0);
    return table();
  }
};

}  // namespace

std::string tell_quiet(StoryOptions const& options) {
  return QuietMarket{options}.tell();
}

}  // namespace k2::simulation
