// Decides what fails, and when: by timetable, at random from a seed, or on request at any time. It
// only decides; the exchange, the market and the REST API apply the effects. Pure; one thread.
#pragma once

#include "core/rng.hpp"
#include "core/time.hpp"
#include "tools/sim/fault_spec.hpp"

#include <list>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace k2::sim {

/// One WebSocket connection of the exchange.
enum class SessionId : std::uint64_t {};

/// The number of a fault, in the order in which they were requested.
enum class FaultId : std::uint64_t {};

/// A fault began, or ended. One that happens in a moment ends right behind.
struct FaultEvent {
  bool began = false;
  FaultId id{};
  FaultSpec spec;
  /// The connections it takes, of those that were there.
  std::vector<SessionId> sessions;
  /// The number of frames, connections or requests that it has hit since it started.
  std::uint64_t hits = 0;
};

/// A fault that is waiting or at work.
struct FaultStatus {
  FaultId id{};
  std::string_view text;
  bool active = false;
  /// The number of its starts, and of its hits in all.
  std::uint64_t times = 0;
  std::uint64_t hits = 0;
};

/// The fate of a frame on its way to one session.
enum class FrameFate : std::uint8_t { kSend, kLose, kDuplicate, kHold, kBreak, kBlowUp };

class Faults {
 public:
  Faults(std::vector<FaultSpec> const& specs, std::uint64_t seed);

  /// The first publication is about to happen: the timetable counts from here.
  void start(MonoTime now);
  /// Adds a fault whose times and trades count from now.
  FaultId add(FaultSpec spec, MonoTime now, std::uint64_t trades);
  /// Takes a fault back; what it does ends now. False when there is none of that id.
  bool heal(FaultId id, std::vector<FaultEvent>& events);
  void heal_all(std::vector<FaultEvent>& events);

  /// Begins and ends what is due after so many published trades.
  void advance(MonoTime now, std::uint64_t trades, std::span<SessionId const> sessions,
               std::vector<FaultEvent>& events);
  /// The connection is gone; a fault that held only such ones ends with the next advance().
  void session_closed(SessionId session);

  /// The next moment at which advance() has something to do.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;
  /// True when advance() may have something to do because of the number of trades alone.
  [[nodiscard]] bool due_by_trades(std::uint64_t trades) const { return trades >= next_trade_; }

  /// Draws the random numbers for the next frame of a stream; fate() then returns each session's
  /// share.
  void begin_frame(std::string_view stream, MonoTime now);
  [[nodiscard]] FrameFate fate(SessionId session);
  /// Units: bytes that a frame of the last fate kBlowUp is to have.
  [[nodiscard]] std::uint64_t blown_up_bytes() const noexcept { return blown_up_bytes_; }

  /// A fault of this kind that is at work and hits this time; null when there is none.
  [[nodiscard]] FaultSpec const* strike(FaultKind kind, MonoTime now, std::string_view stream = {});
  /// Finds such a fault without drawing a random number or counting a hit.
  [[nodiscard]] FaultSpec const* standing(FaultKind kind, MonoTime now) const;

  /// True while a black hole discards what this session and its client send.
  [[nodiscard]] bool swallows(SessionId session) const;
  /// The time until which a black hole discards new connections and requests: MonoTime::max() for
  /// until it is healed; empty while there is none.
  [[nodiscard]] std::optional<MonoTime> swallows_new_until() const;

  [[nodiscard]] std::vector<FaultStatus> list() const;

 private:
  struct Plan {
    FaultId id{};
    FaultSpec spec;
    Rng rng;
    bool waits_for_start = false;
    std::optional<MonoTime> next_at{};
    std::optional<std::uint64_t> next_trade{};
    bool active = false;
    /// It is used up; the next advance() ends it.
    bool over = false;
    std::optional<MonoTime> until{};
    std::optional<std::uint64_t> frames_left{};
    /// Everybody, those to come too; else the victims.
    bool everybody = false;
    std::vector<SessionId> victims{};
    bool hits_frame = false;
    std::uint64_t times = 0;
    std::uint64_t hits = 0;
    std::uint64_t hits_in_all = 0;
  };

  Plan& append(FaultSpec spec);
  void schedule_first(Plan& plan, MonoTime now, std::uint64_t trades);
  void schedule_next(Plan& plan, MonoTime now, std::uint64_t trades);
  void fire(Plan& plan, MonoTime now, std::span<SessionId const> sessions,
            std::vector<FaultEvent>& events);
  void draw(Plan& plan, MonoTime now);
  static void choose_victims(Plan& plan, std::span<SessionId const> sessions);
  static void finish(Plan& plan, std::vector<FaultEvent>& events);
  static void count_hit(Plan& plan);
  [[nodiscard]] static bool at_work(Plan const& plan, FaultKind kind, MonoTime now);
  void look_ahead();

  std::uint64_t seed_;
  std::uint64_t next_id_ = 1;
  std::list<Plan> plans_;
  std::uint64_t next_trade_ = UINT64_MAX;
  bool frame_faults_ = false;
  std::uint64_t blown_up_bytes_ = 0;
};

}  // namespace k2::sim
