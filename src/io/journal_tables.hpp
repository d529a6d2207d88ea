// Reading of the journal's small tables, shared by its writing and its reading end.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"
#include "sink/block.hpp"
#include "sink/notices.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace k2::io {

/// Per symbol, the last durable id, by symbol.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::Position>> read_positions(Database& database);

/// Per symbol, the last id that went with the blocks deleted at the journal's limit, by symbol.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::Position>> read_retired(Database& database);

/// The rows of the gaps table that can be trusted, and a sentence for each that cannot.
struct GapRows {
  std::vector<sink::DeclaredGap> gaps;
  /// Rows with an unknown state or with ids that are no range.
  std::vector<std::string> invalid;
};

/// All declared gaps, by symbol and first id.
/// Errors: those of the database.
[[nodiscard]] Result<GapRows> read_gap_rows(Database& database);

/// All declared gaps, by symbol and first id.
/// Errors: kDataCorrupt when a row cannot be trusted, and those of the database.
[[nodiscard]] Result<std::vector<sink::DeclaredGap>> read_gaps(Database& database);

/// The newest dead letters, oldest first, at most `count_max`.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::DeadLetter>> read_dead_letters(Database& database,
                                                                      std::int64_t count_max);

struct NumberedLetter {
  /// Numbers the journal's letters, increasing.
  std::uint64_t number = 0;
  sink::DeadLetter letter;
};

/// Dead letters behind a number, in order: at most `count_max`, and no more once they hold
/// `bytes_max` bytes.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<NumberedLetter>> read_letters_behind(Database& database,
                                                                      std::uint64_t number,
                                                                      std::size_t count_max,
                                                                      std::size_t bytes_max);

}  // namespace k2::io
