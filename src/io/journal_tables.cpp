#include "io/journal_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::io {
namespace {

UtcTime instant(std::int64_t micros) {
  return UtcTime{std::chrono::microseconds{micros}};
}

/// Runs the query and makes one T of each row.
template <class T, class Row>
Result<std::vector<T>> read_rows(Database& database, std::string_view sql, Row const& row) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  std::vector<T> rows;
  for (;;) {
    Step const step = statement->step();
    if (step == Step::kDone) return rows;
    if (step == Step::kFailed) return database.error(sql);
    rows.push_back(row(*statement));
  }
}

/// Ids are stored as signed numbers: a negative one is damage, not an id above 2^63.
/// Errors: kDataCorrupt, and those of the database.
Result<std::vector<sink::Position>> read_ids(Database& database, std::string_view sql,
                                             std::string_view what) {
  struct Row {
    std::string symbol;
    std::int64_t last;
  };
  auto const rows = read_rows<Row>(
      database, sql, [](Statement& row) { return Row{std::string{row.bytes(0)}, row.integer(1)}; });
  if (!rows) return rows.error();
  std::vector<sink::Position> positions;
  for (Row const& row : *rows) {
    if (row.last < 0) {
      return Error{Errc::kDataCorrupt,
                   fmt::format("{}: the {} {} is no trade id: the journal was altered; restore it, "
                               "or start with an empty data directory",
                               row.symbol, what, row.last)};
    }
    positions.push_back({row.symbol, TradeId{static_cast<std::uint64_t>(row.last)}});
  }
  return positions;
}

}  // namespace

Result<std::vector<sink::Position>> read_positions(Database& database) {
  return read_ids(database, "SELECT symbol, last_id FROM positions ORDER BY symbol", "position");
}

Result<std::vector<sink::Position>> read_retired(Database& database) {
  auto const tables =
      database.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'retired'", 0);
  if (!tables) return tables.error();
  if (*tables == 0) return std::vector<sink::Position>{};
  return read_ids(database, "SELECT symbol, last_id FROM retired ORDER BY symbol",
                  "last retired id");
}

Result<GapRows> read_gap_rows(Database& database) {
  constexpr std::string_view kSelect =
      "SELECT symbol, first_id, last_id, why, state, declared_time FROM gaps "
      "ORDER BY symbol, first_id";
  auto row = database.prepare(kSelect);
  if (!row) return row.error();
  GapRows rows;
  for (;;) {
    Step const step = row->step();
    if (step == Step::kDone) return rows;
    if (step == Step::kFailed) return database.error(kSelect);
    std::string symbol{row->bytes(0)};
    auto const first = row->integer(1);
    auto const last = row->integer(2);
    auto const state = row->integer(4);
    if (state < 0 || state >= static_cast<std::int64_t>(kGapStates)) {
      rows.invalid.push_back(
          fmt::format("{}: the gap {}..{} has the unknown state {}", symbol, first, last, state));
    } else if (first < 0 || last < first) {
      rows.invalid.push_back(
          fmt::format("{}: the gap {}..{} is no range of trade ids", symbol, first, last));
    } else {
      rows.gaps.push_back(
          {std::move(symbol),
           {TradeId{static_cast<std::uint64_t>(first)}, TradeId{static_cast<std::uint64_t>(last)}},
           std::string{row->bytes(3)},
           static_cast<sink::GapState>(state),
           instant(row->integer(5))});
    }
  }
}

Result<std::vector<sink::DeclaredGap>> read_gaps(Database& database) {
  auto rows = read_gap_rows(database);
  if (!rows) return rows.error();
  if (rows->invalid.empty()) return std::move(rows->gaps);
  return Error{Errc::kDataCorrupt,
               rows->invalid.front() + "; `k2 verify` lists all that is wrong with the journal"};
}

Result<std::vector<sink::DeadLetter>> read_dead_letters(Database& database,
                                                        std::int64_t count_max) {
  auto letters = read_rows<sink::DeadLetter>(
      database,
      "SELECT received_time, reason, detail, bytes FROM dead_letters ORDER BY id DESC LIMIT " +
          std::to_string(count_max),
      [](Statement& row) {
        return sink::DeadLetter{instant(row.integer(0)), std::string{row.bytes(1)},
                                std::string{row.bytes(2)}, std::string{row.bytes(3)}};
      });
  if (letters) std::ranges::reverse(*letters);
  return letters;
}

Result<std::vector<NumberedLetter>> read_letters_behind(Database& database, std::uint64_t number,
                                                        std::size_t count_max,
                                                        std::size_t bytes_max) {
  constexpr std::string_view kSelect =
      "SELECT id, received_time, reason, detail, bytes FROM dead_letters WHERE id > ?1 ORDER BY id";
  auto statement = database.prepare(kSelect);
  if (!statement) return statement.error();
  statement->bind(static_cast<std::int64_t>(number));
  std::vector<NumberedLetter> letters;
  for (std::size_t bytes = 0; letters.size() < count_max && bytes < bytes_max;) {
    Step const step = statement->step();
    if (step == Step::kDone) break;
    if (step == Step::kFailed) return database.error(kSelect);
    letters.push_back({static_cast<std::uint64_t>(statement->integer(0)),
                       {instant(statement->integer(1)), std::string{statement->bytes(2)},
                        std::string{statement->bytes(3)}, std::string{statement->bytes(4)}}});
    bytes += letters.back().letter.bytes.size();
  }
  return letters;
}

}  // namespace k2::io
