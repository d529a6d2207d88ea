// Decides what goes wrong, and when: by timetable or at random from a seed. It only decides; the
// exchange and the REST API do the harm. Pure; one thread.
#pragma once

#include "core/rng.hpp"
#include "core/time.hpp"
#include "tools/sim/fault_spec.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace k2::sim {

/// One WebSocket connection of the exchange.
enum class SessionId : std::uint64_t {};

/// A connection that is to end now.
struct Strike {
  SessionId session{};
  DropKind how{};

  friend bool operator==(Strike const&, Strike const&) = default;
};

/// What becomes of a frame on its way to one session.
enum class FrameFate : std::uint8_t { kSend, kLose, kDuplicate, kHold };

class Faults {
 public:
  Faults(std::vector<FaultSpec> const& specs, std::uint64_t seed);

  /// The first publication is about to happen: timetables count from here.
  void start(MonoTime now);

  /// Begins what is due after so many published trades; connections that must end are appended.
  void advance(MonoTime now, std::uint64_t trades, std::span<SessionId const> sessions,
               std::vector<Strike>& strikes);

  /// The next moment at which advance() has something to do.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;
  /// True when advance() may have something to do because of the number of trades alone.
  [[nodiscard]] bool due_by_trades(std::uint64_t trades) const { return trades >= next_trade_; }

  /// Rolls the dice for the next frame of a stream; fate() then tells each session's share.
  void begin_frame(std::string_view stream, MonoTime now);
  [[nodiscard]] FrameFate fate(SessionId session) const;

  /// Set while REST is down: the status to answer, 0 to cut the connection.
  [[nodiscard]] std::optional<unsigned> rest_down(MonoTime now) const;

 private:
  struct Plan {
    FaultSpec spec;
    Rng rng;
    std::optional<MonoTime> next_at;
    std::optional<std::uint64_t> next_trade;
    bool active = false;
    std::optional<MonoTime> until;
    std::optional<std::uint64_t> frames_left;
    SessionId victim{};
    bool hits = false;
  };

  void schedule(Plan& plan, MonoTime now, std::uint64_t trades);
  void fire(Plan& plan, MonoTime now, std::span<SessionId const> sessions,
            std::vector<Strike>& strikes);
  void find_next_trade();

  std::vector<Plan> plans_;
  std::uint64_t next_trade_ = UINT64_MAX;
  bool frame_faults_ = false;
};

}  // namespace k2::sim
