// Reading of the journal's small tables, shared by its writing and its reading end.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"
#include "sink/block.hpp"
#include "sink/notices.hpp"

#include <vector>

namespace k2::io {

/// Per symbol, the last durable id, by symbol.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::Position>> read_positions(Database& database);

/// Per symbol, the last id that went with the blocks deleted at the journal's limit, by symbol.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::Position>> read_retired(Database& database);

/// All declared gaps, by symbol and first id.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::DeclaredGap>> read_gaps(Database& database);

/// The newest dead letters, oldest first, at most `count_max`.
/// Errors: those of the database.
[[nodiscard]] Result<std::vector<sink::DeadLetter>> read_dead_letters(Database& database,
                                                                      std::int64_t count_max);

}  // namespace k2::io
