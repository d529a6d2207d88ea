// The declared gaps of a journal as `k2 gaps` shows them: a table for people, JSON for programs.
// Pure: gets the time as an argument.
#pragma once

#include "sink/notices.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace k2::app {

/// The selection of gaps; an empty symbol or state means all.
struct GapFilter {
  std::string symbol;
  std::optional<GapState> state;
};

/// The gaps that pass, in their order; neighbours that only differ in their ids become one.
[[nodiscard]] std::vector<sink::DeclaredGap> select_gaps(std::span<sink::DeclaredGap const> gaps,
                                                         GapFilter const& filter);

/// "2 d 3 h", "45 s": the two largest units.
[[nodiscard]] std::string age_text(std::chrono::seconds age);

/// A line of headings and one a gap, with a sum below; a sentence when there is none.
[[nodiscard]] std::string gap_table(std::span<sink::DeclaredGap const> gaps, UtcTime now);

/// One object with the gaps in an array; ids and counts are numbers, times microseconds.
[[nodiscard]] std::string gaps_json(std::span<sink::DeclaredGap const> gaps, UtcTime now);

}  // namespace k2::app
