// The artifacts of a soak test, made of its record and verdict: the memory profile for programs,
// the report for people, and the report with plots as one HTML file that needs no network. Pure.
#pragma once

#include "tools/soak/record.hpp"
#include "tools/soak/verdict.hpp"

#include <string>
#include <string_view>

namespace k2::soak {

inline constexpr std::string_view kProfileFile = "binance_soak_memory_profile.json";
inline constexpr std::string_view kReportFile = "binance_soak_test_report.txt";
inline constexpr std::string_view kPageFile = "binance_soak_test_report.html";

/// {test_metadata, summary_statistics, verdict, events, memory_samples}. docs/validation.md has
/// the fields.
[[nodiscard]] std::string memory_profile_json(Record const& record, Verdict const& verdict);
[[nodiscard]] std::string report_text(Record const& record, Verdict const& verdict);
[[nodiscard]] std::string report_html(Record const& record, Verdict const& verdict);

/// "PASS", "FAIL: memory_growth, leak_score" or "UNKNOWN: integrity".
[[nodiscard]] std::string verdict_line(Verdict const& verdict);

}  // namespace k2::soak
