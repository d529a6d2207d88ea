// Text of unknown origin, made safe for a terminal: what would move the cursor, change colours or
// turn the direction of writing is shown as an escape. Pure.
#pragma once

#include <string>
#include <string_view>

namespace k2 {

/// Returns the text with control characters (but for line breaks when `keep_breaks`), invisible and
/// direction-changing code points as \u{202e}, and bytes that are no UTF-8 as \xff.
[[nodiscard]] std::string printable(std::string_view text, bool keep_breaks = false);

}  // namespace k2
