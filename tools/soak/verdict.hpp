// The verdict of a soak: named criteria, each with its limit, what was measured, and whether it is
// kept. A pure function of the record; docs/validation.md explains each criterion.
#pragma once

#include "tools/soak/record.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace k2::soak {

struct Criterion {
  /// Stable: tests and people name it.
  std::string_view name;
  std::string_view meaning;
  std::string limit;
  std::string measured;
  bool pass = false;
};

struct Verdict {
  std::vector<Criterion> criteria;

  [[nodiscard]] bool pass() const;
  /// The names of those that are not kept.
  [[nodiscard]] std::vector<std::string_view> failed() const;
};

/// How many events of a kind the time and its troubles allow.
struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// Growth that is allowed in so much system time. Units: MB (2^20 bytes).
[[nodiscard]] double growth_limit_mb(Span duration);

/// All connections together: each connection that is replaced for another reason begins its age and
/// its pings anew, so each such replacement may cost one.
[[nodiscard]] Bounds expected_rotations(Periods const& run, double elapsed_s, Sample const& last);
/// `connected_s` is how long connections stood, all together.
[[nodiscard]] Bounds expected_pings(Plan const& plan, double connected_s, Sample const& last);

[[nodiscard]] Verdict judge(Record const& record);

/// Above this a soak ends at once. Units: MB (2^20 bytes).
inline constexpr double kHardLimitMb = 450;

/// Why a soak should end at this sample; empty when it should go on.
[[nodiscard]] std::string reason_to_stop(Sample const& sample);

}  // namespace k2::soak
