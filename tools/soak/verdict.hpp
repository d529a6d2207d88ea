// The verdict of a soak: named criteria, each with its limit, what was measured, and whether it is
// kept, not kept or unknown. A pure function of the record; docs/validation.md explains each
// criterion.
#pragma once

#include "tools/soak/record.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k2::soak {

/// A soak's verdict.
enum class Outcome : std::uint8_t {
  /// Every criterion was measured and is kept.
  kPass,
  /// A criterion is not kept.
  kFail,
  /// No criterion is known to be broken, and not every one could be measured.
  kUnknown,
};

struct Criterion {
  /// Stable: tests and people name it.
  std::string_view name;
  std::string_view meaning;
  std::string limit;
  std::string measured;
  bool pass = false;
  /// It could not be measured; `pass` is false then.
  bool unknown = false;
};

struct Verdict {
  std::vector<Criterion> criteria;

  [[nodiscard]] Outcome outcome() const;
  [[nodiscard]] bool pass() const { return outcome() == Outcome::kPass; }
  /// The names of all that are not kept, those that could not be measured among them.
  [[nodiscard]] std::vector<std::string_view> failed() const;
};

/// The number of events of a kind that the time and its problems allow.
struct Bounds {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};

/// Growth that is allowed in so much system time. Units: MB (2^20 bytes).
[[nodiscard]] double growth_limit_mb(Span duration);

/// All connections together: each connection that is replaced for another reason begins its age and
/// its pings anew, so each such replacement may cost one.
[[nodiscard]] Bounds expected_rotations(Periods const& run, double elapsed_s, Sample const& last);
/// `connected_s` is the time for which connections were open, in total.
[[nodiscard]] Bounds expected_pings(Plan const& plan, double connected_s, Sample const& last);

/// The share of the run in which the stream's audit judged minutes. It judges a minute some time
/// after its end, so that three minutes without a new judgement are no gap.
[[nodiscard]] double audited_share(Record const& record);

/// Less than this share is unknown. Chosen: as in `k2 report`.
inline constexpr double kAuditedShareMin = 0.99;

[[nodiscard]] Verdict judge(Record const& record);

/// "PASS", "FAIL" or "UNKNOWN".
[[nodiscard]] std::string_view outcome_name(Outcome outcome) noexcept;
/// Returns the outcome's name of one criterion.
[[nodiscard]] std::string_view outcome_name(Criterion const& criterion) noexcept;

/// Limit above which a soak test ends immediately. Units: MB (2^20 bytes).
inline constexpr double kHardLimitMb = 450;

/// Returns the reason to end a soak test at this sample; empty when it should continue.
[[nodiscard]] std::string reason_to_stop(Sample const& sample);

}  // namespace k2::soak
