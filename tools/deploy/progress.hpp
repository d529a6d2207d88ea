// The state of a deployment: everything that the plan remembers. It is on the disk before any
// action is taken, so a tool that was killed continues from here. Pure.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "tools/deploy/probe.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace k2::deploy {

enum class State : std::uint8_t {
  /// Programs, settings and blue itself are checked; nothing is touched yet.
  kPreparing,
  /// Green is started beside blue.
  kStarting,
  /// Green gets its feet on the ground.
  kReadying,
  /// Both record everything.
  kDual,
  /// The records of both are compared, id by id.
  kDiffing,
  /// --shadow: green leaves the shadow topic ...
  kPromoting,
  /// ... and comes into the real one.
  kJoining,
  /// Blue drains and leaves.
  kCutting,
  /// Green gets everything.
  kTakingOver,
  /// Green alone, under watch.
  kValidating,
  /// The whole time is verified.
  kVerifying,
  /// Green is in production.
  kDone,
  /// Rollback: blue is started unless it runs.
  kRestoring,
  /// Green leaves.
  kWithdrawing,
  /// Blue gets everything again.
  kReturning,
  /// Blue's records are verified.
  kChecking,
  /// Blue is in production, as before.
  kRolledBack,
  /// Nothing was touched.
  kRefused,
  /// Manual intervention is required.
  kFailed,
};
[[nodiscard]] std::string_view state_name(State state) noexcept;
[[nodiscard]] std::optional<State> find_state(std::string_view name) noexcept;
/// Returns the action of the state, for the printed plan.
[[nodiscard]] std::string_view state_meaning(State state) noexcept;
[[nodiscard]] bool is_final(State state) noexcept;

/// One step: what was done, or found out, and when.
struct Step {
  UtcTime at{};
  State state = State::kPreparing;
  bool good = true;
  std::string text;

  friend bool operator==(Step const&, Step const&) = default;
};

/// The result of an independent `k2 verify`.
struct Proof {
  /// A description of the comparison.
  std::string what;
  std::string command;
  bool clean = false;
  std::string verdict{};
  std::uint64_t published = 0;
  std::uint64_t stored = 0;
  std::uint64_t missing = 0;
  std::uint64_t duplicate = 0;
  std::uint64_t out_of_order = 0;
  std::uint64_t altered = 0;
  std::uint64_t unexpected = 0;

  friend bool operator==(Proof const&, Proof const&) = default;
};

/// The results of watching green.
struct Watched {
  std::optional<Probe> first;
  std::uint64_t probes = 0;
  /// Units: MB of 2^20 bytes.
  double rss_settled_mb = 0;
  double rss_max_mb = 0;
  double lag_max_s = 0;
  /// REST trades that green had fetched at the SIGTERM to blue, and when it had everything.
  std::uint64_t backfilled_at_cut = 0;
  std::uint64_t backfilled_after = 0;
  /// Time since which the server of the alerts has not answered.
  std::optional<UtcTime> alerts_missing_since;
  /// Set if it did not answer for longer than the grace period: nobody knows whether an alert
  /// fired. Empty otherwise.
  std::string alerts_unknown;
  /// Transient problems, and the time since when each lasts.
  std::map<std::string, UtcTime> troubled;

  friend bool operator==(Watched const&, Watched const&) = default;
};

struct Progress {
  State state = State::kPreparing;
  UtcTime began{};
  UtcTime entered{};
  std::optional<UtcTime> dual_from;
  std::optional<UtcTime> dual_until;
  /// The time when green joined the real topic, with --shadow.
  std::optional<UtcTime> joined_at;
  std::optional<UtcTime> cut_at;
  std::optional<UtcTime> taken_over_at;
  std::optional<UtcTime> validated_until;
  std::optional<UtcTime> rollback_at;
  std::optional<UtcTime> back_at;
  std::optional<UtcTime> ended;
  /// The reason of the rollback, refusal or failure.
  std::string why;
  /// Green delivers into the shadow topic.
  bool shadowed = false;
  /// Alerts that fired before.
  std::set<std::string> alerts_before;
  Watched watched;
  std::vector<Step> steps;
  std::vector<Proof> diff;
  std::vector<Proof> whole;
  std::vector<Proof> back;

  friend bool operator==(Progress const&, Progress const&) = default;
};

[[nodiscard]] std::string progress_json(Progress const& progress);
/// Errors: kDataCorrupt.
[[nodiscard]] Result<Progress> parse_progress(std::string_view text);

}  // namespace k2::deploy
