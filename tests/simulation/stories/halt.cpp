#include "tests/simulation/stories/stage.hpp"
#include "tests/simulation/stories/stories.hpp"

namespace k2::simulation {
namespace {

using std::chrono::hours;

class Halt : public Stage {
 public:
  explicit Halt(StoryOptions const& options)
      : Stage(options, 2, production(symbols_of({"BTCUSDT", "ETHUSDT"}))) {}

  std::string tell() {
    process_.start();
    queue_.at(MonoTime{hours{1}}, [this] {
      ++troubles_;
      begin_fault("halt for=2h");
    });
    play_until(MonoTime{hours{4}});
    demand_at_most("connections opened for lack of data", tally().opened_for("no_data"), 7);
    demand_exactly("holes", tally().holes, 0);
    return table();
  }
};

}  // namespace

std::string tell_halt(StoryOptions const& options) {
  return Halt{options}.tell();
}

}  // namespace k2::simulation
