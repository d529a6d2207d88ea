#include "io/paced_loop.hpp"

#include "io/clock.hpp"
#include "shard/turn_pace.hpp"

#include <thread>

namespace k2::io {
namespace {

/// Chosen: at 10,000 trades/s, one a TLS record, the thread needs half as much processor as one
/// that is woken for each, and a trade waits a fiftieth of what it may wait for its commit. At a
/// quarter of it nothing is gained, since the timer is what costs then.
constexpr std::chrono::milliseconds kApart{1};
/// Chosen: the trades of one large order arrive together, and are read immediately.
constexpr std::chrono::nanoseconds kSaved = 15 * kApart;

}  // namespace

void run_paced(boost::asio::io_context& io) {
  shard::TurnPace pace{kApart, kSaved};
  while (io.run_one() > 0) {
    io.poll();
    auto const rest = pace.on_turn(read_clock().mono);
    if (rest > std::chrono::nanoseconds::zero()) std::this_thread::sleep_for(rest);
  }
}

}  // namespace k2::io
