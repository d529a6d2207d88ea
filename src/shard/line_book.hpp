// Counts the fates of connections: why they were replaced, how connections failed, how long pings
// took. The shard's shell reports its actions and events to it; metrics read it. Shard's thread.
#pragma once

#include "core/errc.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "feed/line_events.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace k2::shard {

class LineBook {
 public:
  using Reasons = std::array<std::uint64_t, feed::kLineReasons>;

  void opening(LineId line, std::string endpoint) { endpoints_[line] = std::move(endpoint); }
  void changed(feed::LineChanged const& change);
  void ended(LineId line, Error const& why);
  void pinged(LineId line, MonoTime now);
  void pong(LineId line, Now const& now);

  /// Lines that a successor replaced as planned, by reason.
  [[nodiscard]] Reasons const& rotations() const noexcept { return rotations_; }
  /// Lines that were lost, or replaced because something was wrong, by reason.
  [[nodiscard]] Reasons const& reconnects() const noexcept { return reconnects_; }
  [[nodiscard]] std::map<Errc, std::uint64_t> const& errors() const noexcept { return errors_; }
  [[nodiscard]] std::string endpoint(LineId line) const;
  [[nodiscard]] std::uint64_t pongs() const noexcept { return pongs_; }
  [[nodiscard]] std::optional<UtcTime> last_pong() const noexcept { return last_pong_; }
  [[nodiscard]] std::chrono::nanoseconds round_trip() const noexcept { return round_trip_; }

 private:
  void forget(LineId line);

  Reasons rotations_{};
  Reasons reconnects_{};
  std::map<Errc, std::uint64_t> errors_;
  std::map<LineId, std::string> endpoints_;
  std::map<LineId, MonoTime> pinged_;
  std::uint64_t pongs_ = 0;
  std::optional<UtcTime> last_pong_;
  std::chrono::nanoseconds round_trip_{};
};

}  // namespace k2::shard
