#include "tests/simulation/stories/stage.hpp"
#include "tests/simulation/stories/stories.hpp"

namespace k2::simulation {
namespace {

using std::chrono::hours;

constexpr std::size_t kSymbols = 1'500;
/// Each symbol trades once a minute in the mean.
constexpr double kTradesPerSecond = 25;

class Many : public Stage {
 public:
  explicit Many(StoryOptions const& options)
      : Stage(options, kTradesPerSecond, production(many_symbols(kSymbols))) {}

  /// All lines are lost after an hour; from there on each is rotated after 3.6 to 4 hours, twice.
  std::string tell() {
    process_.start();
    queue_.at(MonoTime{hours{1}}, [this] {
      ++troubles_;
      begin_fault("drop how=rst on=all");
    });
    std::uint64_t holes = 0;
    queue_.at(MonoTime{hours{2}}, [&] { holes = tally().holes; });
    play_until(MonoTime{hours{10}});
    demand_exactly("rotations", tally().rotations, 4);
    demand_exactly("connections", tally().connects, 2 + 2 + 4);
    demand_exactly("lines lost", tally().losses, 2);
    demand_exactly("holes of the rotations", tally().holes - holes, 0);
    // Four seconds of the market.
    demand_at_most("trades fetched", tally().backfilled, 100);
    demand_exactly("gaps declared", tally().gaps_declared, 0);
    // A look at a symbol each minute, in the mean, would be 900,000.
    demand_at_most("REST requests", tally().rest_requests, 2'000);
    return table();
  }
};

}  // namespace

std::string tell_many(StoryOptions const& options) {
  return Many{options}.tell();
}

}  // namespace k2::simulation
