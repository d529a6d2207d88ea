// The log of a world: the last events for the analysis of a failure, and one hash over all of them,
// by which two runs of a seed are compared. One thread.
#pragma once

#include "tests/simulation/clock.hpp"

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace k2::simulation {

class EventLog {
 public:
  static constexpr std::size_t kKept = 40;

  EventLog(Clock const& clock, bool verbose) : clock_(clock), verbose_(verbose) {}

  void say(std::string_view event);
  /// Takes a number into the sum that is not worth a line.
  void fold(std::uint64_t number) noexcept;

  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  [[nodiscard]] std::deque<std::string> const& last() const noexcept { return last_; }

 private:
  Clock const& clock_;
  bool verbose_;
  // FNV-1a's offset basis.
  std::uint64_t hash_ = 0xcbf29ce484222325U;
  std::deque<std::string> last_;
};

}  // namespace k2::simulation
