// A TOML configuration file flattened to "key = text" entries with the line of each. Pure; knows
// no setting, so that what is unknown is found in one place for all sources.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace k2::app {

struct FileEntry {
  /// Dotted: "binance.symbols".
  std::string key;
  /// The text as an environment variable would hold it; arrays are joined with commas.
  std::string text;
  int line = 0;

  friend bool operator==(FileEntry const&, FileEntry const&) = default;
};

/// The file's entries in the order of its lines; an empty table is an entry without text.
/// Errors: kConfigInvalid with line and column when it is not TOML, or holds a date or a table
/// inside an array.
[[nodiscard]] Result<std::vector<FileEntry>> parse_toml(std::string_view text);

}  // namespace k2::app
