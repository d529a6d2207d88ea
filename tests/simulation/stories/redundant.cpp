#include "tests/simulation/stories/stage.hpp"
#include "tests/simulation/stories/stories.hpp"

#include <fmt/format.h>

namespace k2::simulation {
namespace {

using std::chrono::hours;

constexpr double kTradesPerSecond = 10;
constexpr int kHours = 24;
/// One of the two lines is lost at each full hour but the last.
constexpr std::uint64_t kLosses = kHours - 1;

shard::ShardOptions two_lines() {
  auto options = production(symbols_of({"BTCUSDT", "ETHUSDT"}));
  options.feed.lines = 2;
  return options;
}

std::string told(feed::Runner const& one) {
  double const lead = std::chrono::duration<double, std::milli>{one.lead_total}.count();
  return fmt::format("first with {}, second with {}, lost {}; {:.1f} ms ahead in the mean",
                     one.firsts, one.seconds, one.lost,
                     one.leads == 0 ? 0 : lead / static_cast<double>(one.leads));
}

class Redundant : public Stage {
 public:
  explicit Redundant(StoryOptions const& options) : Stage(options, kTradesPerSecond, two_lines()) {}

  std::string tell() {
    process_.start();
    for (int hour = 1; hour < kHours; ++hour) {
      queue_.at(MonoTime{hours{hour}}, [this] {
        ++troubles_;
        begin_fault("drop how=rst on=one");
      });
    }
    play_until(MonoTime{hours{kHours}});
    demand_exactly("lines lost", tally().losses, kLosses);
    demand_exactly("connections", tally().connects, 2 + kLosses + tally().rotations);
    demand_exactly("holes", tally().holes, 0);
    demand_at_most("REST requests", tally().rest_requests, kHours);
    demand_exactly("gaps declared", tally().gaps_declared, 0);
    std::vector<feed::Runner> const& lines = tally().runners;
    demand_exactly("lines compared", lines.size(), 2);
    // The successor of a rotated connection may be a trade ahead of it: that trade counts for none.
    demand_between("trades that a line brought first", lines[0].firsts + lines[1].firsts,
                   tally().accepted - tally().backfilled - 10, tally().accepted);
    demand_at_least("trades that both brought", lines[0].seconds + lines[1].seconds,
                    tally().accepted * 99 / 100);
    return table(row("line 1", told(lines[0])) + row("line 2", told(lines[1])));
  }
};

}  // namespace

std::string tell_redundant(StoryOptions const& options) {
  return Redundant{options}.tell();
}

}  // namespace k2::simulation
