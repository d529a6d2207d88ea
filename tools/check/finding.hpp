// A finding of `k2 check`: the grade, the measured value, and the remedy. Pure.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::check {

enum class Grade : std::uint8_t {
  kOk,
  /// `k2 stream` runs, but not as it should.
  kWarn,
  /// `k2 stream` does not run, or loses its way sooner or later.
  kFail,
};
[[nodiscard]] std::string_view grade_name(Grade grade) noexcept;

struct Finding {
  Grade grade = Grade::kOk;
  /// The subject: "clock", "line wss://...".
  std::string subject;
  std::string seen{};
  /// The remedy; empty when there is nothing to do.
  std::string remedy{};

  friend bool operator==(Finding const&, Finding const&) = default;
};
using Findings = std::vector<Finding>;

/// A failure of ours as a finding: the detail of an error names its remedy already.
[[nodiscard]] Finding failed(std::string subject, Error const& error);

/// kOk for none.
[[nodiscard]] Grade worst(std::span<Finding const> findings) noexcept;

/// A line, for a terminal; the remedy on a line of its own. Control characters, which a server may
/// have sent, are shown as such.
[[nodiscard]] std::string line_of(Finding const& finding);
/// {"grade": worst, "findings": [...]}.
[[nodiscard]] std::string json_of(std::span<Finding const> findings);

}  // namespace k2::check
