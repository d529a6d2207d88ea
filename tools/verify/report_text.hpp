// The report for people and for programs. Pure.
#pragma once

#include "tools/verify/report.hpp"

#include <string>

namespace k2::verify {

/// A table of each tape's counts, examples of each defect, a table of what was checked of each
/// tape, and the verdict as the last line. It holds nothing that a terminal would obey.
[[nodiscard]] std::string report_text(Report const& report);

/// Returns one JSON object in ASCII: the verdict, the request, the totals, and each symbol with
/// examples as [first, last] and with its checked part. `version` is the program's.
[[nodiscard]] std::string report_json(Report const& report, std::string const& version);

/// "CLEAN: ...", "NOT CLEAN: ..." or "UNKNOWN: ...", one line that claims no more than was checked.
[[nodiscard]] std::string verdict_text(Report const& report);

}  // namespace k2::verify
