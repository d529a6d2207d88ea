// "Did you mean ...?": the known name that is closest to a mistyped one.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace k2::app {

/// The number of single-character insertions, deletions, replacements and swaps of neighbours
/// between two names.
[[nodiscard]] std::size_t edit_distance(std::string_view left, std::string_view right);

/// The nearest known name, or the only one that contains the name; "" when more than a third of
/// the nearest would have to change.
[[nodiscard]] std::string near_name(std::string_view name, std::span<std::string const> known);

/// "; did you mean 'X'?", or "".
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<std::string const> known);

}  // namespace k2::app
