// The settings of a deployment: the running side (blue), the new one (green), every period and
// limit. Kept in the deployment's folder, so that `k2 deploy resume` and `rollback` need no flags.
// Pure.
#pragma once

#include "core/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k2::deploy {

using Span = std::chrono::nanoseconds;

enum class Side : std::uint8_t { kBlue, kGreen };
[[nodiscard]] std::string_view side_name(Side side) noexcept;

/// One of the two versions, as it is started: PROGRAM stream --config=CONFIG.
struct Instance {
  std::string program;
  std::string config;
  std::string data_dir;

  friend bool operator==(Instance const&, Instance const&) = default;
};

/// Chosen, except for `dual` and `validate`, which the operators of K2 required.
struct Periods {
  /// Time limit until green, or blue after a rollback, is ready.
  Span ready = std::chrono::minutes{2};
  /// Both record everything.
  Span dual = std::chrono::minutes{10};
  /// Time from the SIGTERM to blue until it has ended; then it is killed.
  Span stop = std::chrono::minutes{1};
  /// Time from the end of blue until green has everything.
  Span takeover = std::chrono::minutes{1};
  /// Green alone, under watch.
  Span validate = std::chrono::minutes{15};
  /// Interval between two probes.
  Span probe = std::chrono::seconds{5};
  /// Maximum delay of a trade until it is received and delivered; comparisons end this long ago.
  Span settle = std::chrono::seconds{5};
  /// Grace period for transient failures: not ready, behind, no answer.
  Span grace = std::chrono::seconds{30};

  friend bool operator==(Periods const&, Periods const&) = default;
};

struct Limits {
  /// Limit of the growth of green's memory since it settled.
  double memory_growth_mb = 32;
  /// Limit of the lag of delivery into Kafka behind the journal.
  double lag_s = 5;

  friend bool operator==(Limits const&, Limits const&) = default;
};

/// The topic of the delivery into Kafka.
struct Topic {
  std::string name;
  int partitions = 0;
  /// The topic for green during dual operation; empty without --shadow.
  std::string shadow;
  /// Blue records everything too, so that its journal can be compared.
  bool blue_is_warm = false;

  friend bool operator==(Topic const&, Topic const&) = default;
};

/// The settings of the compose runtime.
struct Containers {
  std::string service;
  /// The image of green's container.
  std::string image;
  /// The source of the image: "build", "pull", or "" when it is present.
  std::string from;
  /// Flags of compose itself: --env-file and its like.
  std::vector<std::string> flags;

  friend bool operator==(Containers const&, Containers const&) = default;
};

enum class RuntimeKind : std::uint8_t { kProcess, kCompose };

struct Settings {
  RuntimeKind runtime = RuntimeKind::kProcess;
  Instance blue;
  Instance green;
  Containers containers{};
  /// Trades end in Kafka; in the journals when there is no topic.
  Topic topic;
  Periods periods;
  Limits limits;
  /// A Prometheus whose alerts count; empty for none.
  std::string prometheus;
  /// Version of the tool.
  std::string version;

  [[nodiscard]] bool kafka() const noexcept { return !topic.name.empty(); }
  [[nodiscard]] bool shadow() const noexcept { return !topic.shadow.empty(); }
  friend bool operator==(Settings const&, Settings const&) = default;
};

[[nodiscard]] std::string settings_json(Settings const& settings);
/// Errors: kDataCorrupt.
[[nodiscard]] Result<Settings> parse_settings(std::string_view text);

}  // namespace k2::deploy
