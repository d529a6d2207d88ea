// The report for people and for programs. Pure.
#pragma once

#include "tools/verify/report.hpp"

#include <string>

namespace k2::verify {

/// A table per symbol, the total, examples of each defect, and the verdict as the last line.
[[nodiscard]] std::string report_text(Report const& report);

/// One JSON object: the verdict, the totals, and each symbol with examples as [first, last].
[[nodiscard]] std::string report_json(Report const& report);

/// "CLEAN: ..." or "NOT CLEAN: ...", one line.
[[nodiscard]] std::string verdict_text(Report const& report);

}  // namespace k2::verify
