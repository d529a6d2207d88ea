// The journal's table of generations: which tapes were closed because the exchange's ids of their
// symbols started over, and where the next generation of each begins. A journal has the table, and
// format 2, from its first restarted tape on; an older program then refuses it, for it would join
// the new ids to the old tape. Journal writes it, its readers read it.
#pragma once

#include "core/result.hpp"
#include "io/sqlite.hpp"
#include "sink/tape_name.hpp"

#include <vector>

namespace k2::io {

/// Stores the restart in the transaction that is open: the generation's row, the journal's format,
/// and the gaps of the closed tape that are open, which nobody fetches any more. Repeating it is
/// harmless. False when the database failed.
[[nodiscard]] bool store_restart(Database& database, sink::TapeRestart const& restart);

/// All restarts, by symbol and generation; none in a journal without the table.
/// Errors: kDataCorrupt when a row cannot be trusted, and those of the database.
[[nodiscard]] Result<std::vector<sink::TapeRestart>> read_generations(Database& database);

}  // namespace k2::io
