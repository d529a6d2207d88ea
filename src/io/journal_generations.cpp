#include "io/journal_generations.hpp"

#include "core/gap.hpp"
#include "io/journal_format.hpp"

#include <fmt/format.h>

#include <limits>
#include <string>
#include <utility>

namespace k2::io {
namespace {

constexpr char const* kTable = R"sql(
CREATE TABLE IF NOT EXISTS generations (
  symbol TEXT NOT NULL,
  generation INTEGER NOT NULL,
  first_sequence INTEGER NOT NULL,
  closed_last_id INTEGER,
  first_id INTEGER,
  opened_time INTEGER NOT NULL,
  PRIMARY KEY (symbol, generation)) STRICT, WITHOUT ROWID
)sql";

constexpr std::string_view kSelect =
    "SELECT symbol, generation, first_sequence, coalesce(closed_last_id, -1), "
    "coalesce(first_id, -1), opened_time FROM generations ORDER BY symbol, generation";

/// The table has no id as NULL; a statement's numbers have it as -1.
std::int64_t number_of(std::optional<TradeId> id) {
  return id ? static_cast<std::int64_t>(value(*id)) : -1;
}

std::optional<TradeId> id_of(std::int64_t number) {
  if (number < 0) return std::nullopt;
  return TradeId{static_cast<std::uint64_t>(number)};
}

bool store_row(Database& database, sink::TapeRestart const& restart) {
  auto row = database.prepare(
      "REPLACE INTO generations VALUES (?1, ?2, ?3, nullif(?4, -1), nullif(?5, -1), ?6)");
  if (!row) return false;
  row->bind(restart.symbol)
      .bind(restart.generation)
      .bind(static_cast<std::int64_t>(restart.first_sequence))
      .bind(number_of(restart.closed_last))
      .bind(number_of(restart.first))
      .bind(restart.opened_at.time_since_epoch().count());
  return row->run();
}

bool close_gaps(Database& database, sink::TapeRestart const& restart) {
  auto gaps = database.prepare(
      "UPDATE gaps SET state = ?1, why = ?2 WHERE symbol = ?3 AND "
      "state = ?4");
  if (!gaps) return false;
  // A statement refers to its texts until it has run.
  std::string const closed = sink::tape_name(restart.symbol, restart.generation - 1);
  gaps->bind(static_cast<std::int64_t>(GapState::kVenue))
      .bind(sink::kWhyTapeClosed)
      .bind(closed)
      .bind(static_cast<std::int64_t>(GapState::kOpen));
  return gaps->run();
}

}  // namespace

bool store_restart(Database& database, sink::TapeRestart const& restart) {
  auto const format =
      fmt::format("UPDATE meta SET value = {} WHERE key = 'format'", kFormatWithGenerations);
  return database.execute(kTable) && database.execute(format.c_str()) &&
         store_row(database, restart) && close_gaps(database, restart);
}

Result<std::vector<sink::TapeRestart>> read_generations(Database& database) {
  std::vector<sink::TapeRestart> restarts;
  auto const tables =
      database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'generations'", 0);
  if (!tables) return tables.error();
  if (*tables == 0) return restarts;
  auto row = database.prepare(kSelect);
  if (!row) return row.error();
  for (;;) {
    Step const step = row->step();
    if (step == Step::kDone) return restarts;
    if (step == Step::kFailed) return database.error(kSelect);
    std::string symbol{row->bytes(0)};
    auto const generation = row->integer(1);
    auto const first_sequence = row->integer(2);
    if (generation < 1 || generation > std::numeric_limits<std::uint32_t>::max() ||
        first_sequence < 0) {
      return Error{Errc::kDataCorrupt,
                   fmt::format("{}: generation {} at sequence {} is none: the journal was altered; "
                               "restore it, or start with an empty data directory",
                               symbol, generation, first_sequence)};
    }
    restarts.push_back({.symbol = std::move(symbol),
                        .generation = static_cast<std::uint32_t>(generation),
                        .first_sequence = static_cast<std::uint64_t>(first_sequence),
                        .closed_last = id_of(row->integer(3)),
                        .first = id_of(row->integer(4)),
                        .opened_at = UtcTime{std::chrono::microseconds{row->integer(5)}}});
  }
}

}  // namespace k2::io
