#include "tests/simulation/stories/stage.hpp"
#include "tests/simulation/stories/stories.hpp"

#include <array>
#include <cmath>

namespace k2::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// One fault each eight hours, in the mean.
constexpr double kTroubleEverySeconds = 8 * 3600.0;

constexpr std::array kTroubles{
    "drop how=rst on=all",       "drop how=fin on=one",
    "close code=1008 on=one",    "server-shutdown lead=10s",
    "half-open on=all for=10m",  "black-hole on=all for=90s",
    "mute on=one for=20m",       "lose frames=50",
    "duplicate frames=50",       "rest-down for=5m status=503",
    "late-data delay=5s for=5m", "refuse status=503 for=30s",
};

shard::ShardOptions with_audit() {
  auto options = production(symbols_of({"BTCUSDT", "ETHUSDT"}));
  options.feed.audit = options.continuity.audit.enabled = true;
  return options;
}

class Week : public Stage {
 public:
  explicit Week(StoryOptions const& options)
      : Stage(options, options.trades_per_second > 0 ? options.trades_per_second : 3,
              with_audit()) {}

  std::string tell() {
    MonoTime const end{hours{24 * options_.days}};
    process_.start();
    plan_trouble(end - hours{1});
    queue_.at(MonoTime{hours{12 * options_.days}}, [this] { restart(); });
    play_until(end);
    // Two connections, of trades and of candles, are each rotated every 4 h and pinged every 180 s.
    // A connection that a fault replaced is not rotated, and one that is down is not pinged.
    auto const days = static_cast<std::uint64_t>(options_.days);
    demand_at_least("rotations", tally().rotations, days * 2 * 6 * 8 / 10);
    demand_at_least("pings", tally().pings, days * 2 * 480 * 9 / 10);
    demand_at_least("complete minutes", tally().minutes_complete, days * 2 * 1'440 * 99 / 100);
    demand_exactly("incomplete minutes", tally().minutes_incomplete, 0);
    return table();
  }

 private:
  void plan_trouble(MonoTime last) {
    double const wait = -std::log(1.0 - rng_.unit()) * kTroubleEverySeconds;
    MonoTime const at = clock_.mono + milliseconds{std::llround(wait * 1e3)};
    if (at > last) return;
    queue_.at(at, [this, last] {
      ++troubles_;
      begin_fault(kTroubles[rng_.below(kTroubles.size())]);
      plan_trouble(last);
    });
  }

  void restart() {
    log_.say("a new version is started");
    process_.stop();
    queue_.at(clock_.mono + seconds{3}, [this] { process_.start(); });
  }
};

}  // namespace

std::string tell_week(StoryOptions const& options) {
  return Week{options}.tell();
}

}  // namespace k2::simulation
