// The deploy itself: (event, now) -> what to do next. Every way on and every way back is decided
// here; what is done is done by the shell (deploy_run), which puts progress() on the disk before it
// does anything. Any event may be followed by the tool's death: Entered takes the state up again,
// and every piece of work may be done twice. Pure.
#pragma once

#include "tools/deploy/progress.hpp"
#include "tools/deploy/settings.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::deploy {

/// The deploy begins, or a new tool takes it up where another one was.
struct Entered {};
/// The result of the checks before anything is touched, and the alerts that already fire.
struct Prepared {
  bool good = false;
  std::string detail;
  std::vector<std::string> alerts{};
};
struct Started {
  Side side = Side::kGreen;
  bool good = false;
  std::string detail;
};
struct Stopped {
  Side side = Side::kBlue;
  bool good = false;
  std::string detail;
};
struct Probed {
  SideStatus blue;
  SideStatus green;
  std::vector<std::string> alerts{};
  /// The reason why the alerts could not be read; empty when they were, or are not needed.
  std::string alerts_trouble{};
};
struct Proven {
  std::vector<Proof> proofs;
};
/// A rollback was requested.
struct RollbackAsked {};
using Event = std::variant<Entered, Prepared, Started, Stopped, Probed, Proven, RollbackAsked>;

struct Prepare {
  friend bool operator==(Prepare const&, Prepare const&) = default;
};
struct Start {
  Side side = Side::kGreen;
  /// Into the shadow topic.
  bool shadow = false;
  friend bool operator==(Start const&, Start const&) = default;
};
struct Stop {
  Side side = Side::kBlue;
  friend bool operator==(Stop const&, Stop const&) = default;
};
/// Probe both at this time.
struct ProbeAt {
  UtcTime at{};
  friend bool operator==(ProbeAt const&, ProbeAt const&) = default;
};
enum class Check : std::uint8_t {
  /// Verify that both recorded the same in the time of dual operation.
  kCompare,
  /// Verify that nothing is missing or duplicated from then on until now, across the change.
  kPeriod,
  /// Verify blue's records, from the beginning on.
  kRollback,
};
struct Prove {
  Check check = Check::kCompare;
  friend bool operator==(Prove const&, Prove const&) = default;
};
struct Finish {
  friend bool operator==(Finish const&, Finish const&) = default;
};
using Work = std::variant<Prepare, Start, Stop, ProbeAt, Prove, Finish>;

class Plan {
 public:
  Plan(Settings settings, Progress progress);

  /// The one thing to do next.
  [[nodiscard]] Work on(Event const& event, UtcTime now);

  [[nodiscard]] Progress const& progress() const noexcept { return progress_; }
  [[nodiscard]] Settings const& settings() const noexcept { return settings_; }

 private:
  [[nodiscard]] Work work(UtcTime now) const;
  [[nodiscard]] Work enter(State state, UtcTime now);
  [[nodiscard]] Work finish(State state, UtcTime now, std::string text);
  [[nodiscard]] Work go_back(std::string why, UtcTime now);
  void note(UtcTime now, std::string text, bool good = true);

  [[nodiscard]] Work on_prepared(Prepared const& event, UtcTime now);
  [[nodiscard]] Work on_started(Started const& event, UtcTime now);
  [[nodiscard]] Work on_stopped(Stopped const& event, UtcTime now);
  [[nodiscard]] Work on_probed(Probed const& event, UtcTime now);
  [[nodiscard]] Work on_proven(Proven const& event, UtcTime now);

  [[nodiscard]] Work wait_for_green(SideStatus const& green, UtcTime now);
  [[nodiscard]] Work wait_for_takeover(SideStatus const& green, UtcTime now);
  [[nodiscard]] Work probe_again(SideStatus const& green, Span period, std::string_view lack,
                                 UtcTime now);
  [[nodiscard]] Work wait_for_blue(SideStatus const& blue, UtcTime now);
  [[nodiscard]] Work watch(Probed const& event, UtcTime now);
  [[nodiscard]] std::string trouble(Probed const& event, UtcTime now);
  void remember(Probe const& green, UtcTime now);
  void remember_alerts(Probed const& event, UtcTime now);

  Settings settings_;
  Progress progress_;
};

/// Interval between two probes while waiting.
inline constexpr std::chrono::milliseconds kPoll{250};

}  // namespace k2::deploy
