// REST between a simulated process and the exchange: answers take their time, are lost, cut short,
// or never come. Side by side, as the real client's requests are.
#pragma once

#include "core/rng.hpp"
#include "shard/shard.hpp"
#include "tests/simulation/demanded_pause.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/queue.hpp"
#include "tests/simulation/venue.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace k2::simulation {

class Rest {
 public:
  using Handler = std::function<void(Result<shard::RestReply> const&)>;

  Rest(Clock& clock, Queue& queue, EventLog& log, Venue& venue, DemandedPause& pause, Rng rng)
      : clock_(clock), queue_(queue), log_(log), venue_(venue), pause_(pause), rng_(rng) {}

  void get(std::string const& target, Handler handler);
  /// Forgets the limits: a new process does not know what the exchange sent to the one before.
  void forget_limits() {
    pause_.forget();
    known_ = {};
    started_in_ = minute();
  }
  /// Spends `weight` as another client of the same address.
  void let_neighbour_spend(std::uint32_t weight);
  /// The clients of the address have divided the weight among themselves: the exchange's limit is
  /// never passed, whatever they know of each other. Except in the minute in which a process
  /// starts, for it does not know what the one before spent.
  void expect_no_limit() { shares_weight_ = true; }
  /// Requests go wrong on their way with this chance.
  void set_trouble(double chance) { trouble_ = chance; }
  /// The weight of all requests so far, by the exchange's own count.
  [[nodiscard]] std::uint64_t weight() const noexcept { return weight_; }

 private:
  /// `too_much`: the process could know that the exchange would not allow it.
  void arrive(std::string const& target, bool too_much, Handler const& handler);
  void count_weight(sim::RestReply const& reply);
  void note_told(Result<shard::RestReply> const& reply, std::int64_t minute);
  [[nodiscard]] bool knows_too_much() const;
  [[nodiscard]] std::int64_t minute() const;

  Clock& clock_;
  Queue& queue_;
  EventLog& log_;
  Venue& venue_;
  DemandedPause& pause_;
  Rng rng_;
  double trouble_ = 0;
  /// The process's knowledge of one minute of the exchange's clock.
  struct Known {
    std::int64_t minute = 0;
    /// Its own requests.
    std::uint64_t own = 0;
    /// The exchange's last count that it has received, and the weight that it requested since.
    std::optional<std::uint64_t> told{};
    std::uint64_t since = 0;
  };

  Known known_;
  std::uint64_t weight_ = 0;
  std::uint64_t weight_told_ = 0;
  bool shares_weight_ = false;
  std::int64_t started_in_ = 0;
};

}  // namespace k2::simulation
