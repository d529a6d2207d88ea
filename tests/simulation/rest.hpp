// REST between a simulated process and the exchange: answers take their time, are lost, cut short,
// or never come. Side by side, as the real client's requests are.
#pragma once

#include "core/rng.hpp"
#include "shard/shard.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/queue.hpp"
#include "tests/simulation/venue.hpp"

#include <functional>
#include <string>

namespace k2::simulation {

class Rest {
 public:
  using Handler = std::function<void(Result<shard::RestReply> const&)>;

  Rest(Clock& clock, Queue& queue, EventLog& log, Venue& venue, Rng rng)
      : clock_(clock), queue_(queue), log_(log), venue_(venue), rng_(rng) {}

  void get(std::string const& target, Handler handler);
  /// A new process does not know what the exchange asked of the one before.
  void forget_limits() { limited_until_ = MonoTime::min(); }
  /// Requests go wrong on their way with this chance.
  void set_trouble(double chance) { trouble_ = chance; }
  /// The weight of all requests so far, by the exchange's own count.
  [[nodiscard]] std::uint64_t weight() const noexcept { return weight_; }

 private:
  void arrive(std::string const& target, Handler const& handler);
  void count_weight(sim::RestReply const& reply);

  Clock& clock_;
  Queue& queue_;
  EventLog& log_;
  Venue& venue_;
  Rng rng_;
  double trouble_ = 0;
  std::uint64_t weight_ = 0;
  std::uint64_t weight_told_ = 0;
  MonoTime limited_until_ = MonoTime::min();
};

}  // namespace k2::simulation
