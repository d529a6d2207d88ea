// A campaign: a sound journal is damaged by seed, in the file's bytes, in its rows or in single
// records, and verified in several ways. What a plain reader of the file then finds to be removed
// or altered must never be called CLEAN. K2_DAMAGE_SEEDS sets how many seeds are tried.
#include "core/rng.hpp"
#include "sink/crc32c.hpp"
#include "tools/verify/made_store.hpp"
#include "tools/verify/report_text.hpp"

#include <sqlite3.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

namespace k2::verify {
namespace {

/// Chosen: some seconds.
constexpr std::uint64_t kSeedsDefault = 12;
constexpr std::uint64_t kTrades = 1'500;

/// A record as a plain reader of the tables sees it.
using Row = std::tuple<std::string, std::int64_t, std::int64_t, std::int64_t, std::int64_t, int>;
using Rows = std::vector<Row>;

/// All records in the order of their rows; nothing when the file cannot be read.
std::optional<Rows> read_rows(std::filesystem::path const& data_dir) {
  auto database = io::Database::open(io::journal_file(data_dir), io::OpenMode::kReadOnly);
  if (!database) return std::nullopt;
  auto select = database->prepare("SELECT count, bytes FROM blocks ORDER BY first_sequence");
  if (!select) return std::nullopt;
  Rows rows;
  sink::TradeRecord record;
  for (;;) {
    auto const step = select->step();
    if (step == io::Step::kFailed) return std::nullopt;
    if (step == io::Step::kDone) return rows;
    auto const count = select->integer(0);
    sink::AvroReader datums{select->bytes(1)};
    for (std::int64_t at = 0; at < count; ++at) {
      // What cannot be decoded is gone.
      if (!sink::read_trade(datums, record)) break;
      rows.emplace_back(record.symbol, record.source_sequence.value_or(-1), record.price.mantissa(),
                        record.quantity.mantissa(), record.timestamp.time_since_epoch().count(),
                        static_cast<int>(record.side));
    }
  }
}

/// Returns those of the rows that lie in the window, sorted: other tests check the order.
std::multiset<Row> inside(Rows const& rows, Window const& window) {
  std::multiset<Row> some;
  for (Row const& row : rows) {
    if (window.contains(UtcTime{std::chrono::microseconds{std::get<4>(row)}})) some.insert(row);
  }
  return some;
}

class DamageTest : public MadeStore {
 protected:
  /// A sound journal of two tapes with a gap in each state, of which the oldest blocks may have
  /// been deleted at the limit, by this version or by one that left no sequence number.
  void make(Rng& rng) {
    std::uint64_t ethereum = 0;
    for (std::uint64_t id = 1; id <= kTrades; ++id) {
      if (id == 701) declare(701, 720, sink::GapState::kRepaired);
      if (id == 901) declare(901, 950, sink::GapState::kVenue);
      if (id == 1'001) declare(1'001, 1'003, sink::GapState::kElsewhere);
      bool const absent =
          (id > 700 && id <= 720) || (id > 900 && id <= 950) || (id > 1'000 && id <= 1'003);
      if (!absent) store(test::sample_trade(id));
      if (id % 3 == 0) store(test::sample_trade(++ethereum, SymbolIndex{1}));
      if (id != 800) continue;
      for (std::uint64_t late_id = 701; late_id <= 720; ++late_id) {
        Trade late = test::sample_trade(late_id);
        late.late = true;
        store(late);
      }
    }
    flush();
    auto const kind = rng.below(3);
    if (kind == 0) return;
    damage(
        "INSERT INTO retired VALUES ('BTCUSDT', 225), ('ETHUSDT', 75);"
        "DELETE FROM blocks WHERE first_sequence < 301");
    if (kind == 1) damage("INSERT INTO meta VALUES ('retired_to', 301)");
  }

  void publish_all(Rows const& rows) {
    for (auto const& [symbol, id, price, quantity, time, side] : rows) {
      ledger_ +=
          fmt::format("{},{},{},{},{},{}\n", symbol, id, Price::from_mantissa(price).to_string(),
                      Quantity::from_mantissa(quantity).to_string(), time,
                      side == static_cast<int>(sink::RecordSide::kSell));
    }
    std::ofstream{ledger()} << ledger_;
  }

  /// Takes a block apart, changes a record and puts it together with a checksum that is right.
  void edit_record(Rng& rng) {
    auto database =
        io::Database::open(io::journal_file(data_dir()), io::OpenMode::kReadWrite).value();
    auto select = database
                      .prepare(fmt::format("SELECT first_sequence, first_time, last_time, bytes, "
                                           "count FROM blocks ORDER BY first_sequence LIMIT 1 "
                                           "OFFSET {}",
                                           rng.below(12)))
                      .value();
    ASSERT_EQ(select.step(), io::Step::kRow);
    sink::Block block{.first_sequence = static_cast<std::uint64_t>(select.integer(0)),
                      .count = static_cast<std::uint32_t>(select.integer(4)),
                      .first = UtcTime{std::chrono::microseconds{select.integer(1)}},
                      .last = UtcTime{std::chrono::microseconds{select.integer(2)}},
                      .checksum = 0,
                      .bytes = std::string{select.bytes(3)},
                      .positions = {}};
    select.reset();
    std::vector<std::string> datums;
    sink::AvroReader reader{block.bytes};
    sink::TradeRecord record;
    for (std::uint32_t at = 0; at < block.count; ++at) {
      char const* const begin = reader.place();
      ASSERT_TRUE(sink::read_trade(reader, record));
      datums.emplace_back(begin, reader.place());
    }
    auto const at = rng.below(datums.size());
    switch (rng.below(3)) {
      case 0:
        datums.erase(datums.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      case 1:
        datums.insert(datums.begin() + static_cast<std::ptrdiff_t>(at), datums[at]);
        break;
      default:
        std::swap(datums[at], datums[rng.below(datums.size())]);
        break;
    }
    block.bytes.clear();
    for (std::string const& datum : datums) block.bytes += datum;
    block.count = static_cast<std::uint32_t>(datums.size());
    block.checksum = sink::block_checksum(block);
    auto update = database
                      .prepare(
                          "UPDATE blocks SET count = ?2, checksum = ?3, bytes = ?4 "
                          "WHERE first_sequence = ?1")
                      .value();
    update.bind(static_cast<std::int64_t>(block.first_sequence))
        .bind(block.count)
        .bind(block.checksum)
        .bind_blob(block.bytes);
    ASSERT_TRUE(update.run());
  }

  void edit_file(Rng& rng) {
    damage("PRAGMA wal_checkpoint(TRUNCATE)");
    auto const file = io::journal_file(data_dir());
    auto const size = std::filesystem::file_size(file);
    if (rng.below(4) == 0) {
      std::filesystem::resize_file(file, rng.below(size));
      return;
    }
    std::fstream bytes{file, std::ios::in | std::ios::out | std::ios::binary};
    for (auto flips = 1 + rng.below(4); flips > 0; --flips) {
      auto const place = static_cast<std::streamoff>(rng.below(size));
      bytes.seekg(place);
      auto const byte = static_cast<char>(bytes.get() ^ (1 << rng.below(8)));
      bytes.seekp(place);
      bytes.put(byte);
    }
  }

  /// Damages the store and returns a description.
  std::string harm(Rng& rng) {
    auto const sequence = 1 + rng.below(2'000);
    auto const length = 1 + rng.below(400);
    std::string const some = fmt::format("first_sequence + count > {} AND first_sequence < {}",
                                         sequence, sequence + length);
    std::string const sqls[] = {
        fmt::format("DELETE FROM blocks WHERE {}", some),
        fmt::format("DELETE FROM blocks WHERE first_sequence < {}", 1 + rng.below(1'990)),
        fmt::format("DELETE FROM blocks WHERE first_sequence > {}", rng.below(1'900)),
        "DELETE FROM blocks WHERE first_sequence < (SELECT max(first_sequence) FROM blocks)",
        fmt::format("INSERT OR IGNORE INTO blocks SELECT first_sequence + {}, count, first_time, "
                    "last_time, checksum, bytes FROM blocks WHERE {}",
                    rng.below(2) == 0 ? 7 : 5'000, some),
        fmt::format("UPDATE blocks SET first_time = 0, last_time = 0 WHERE {}", some),
        fmt::format("UPDATE blocks SET count = count - 1 WHERE {}", some),
        fmt::format("UPDATE blocks SET bytes = zeroblob(length(bytes)) WHERE {}", some),
        fmt::format("DELETE FROM blocks WHERE {}; INSERT OR REPLACE INTO retired VALUES "
                    "('BTCUSDT', {}), ('ETHUSDT', {})",
                    some, rng.below(2'000), rng.below(700)),
        fmt::format(
            "DELETE FROM blocks WHERE {}; UPDATE OR REPLACE gaps SET first_id = {}, last_id = {}",
            some, rng.below(900), 900 + rng.below(900)),
        fmt::format("DELETE FROM blocks WHERE {}; UPDATE gaps SET state = {}", some, rng.below(10)),
        fmt::format("DELETE FROM blocks WHERE {}; UPDATE positions SET last_id = last_id - {}",
                    some, rng.below(500)),
    };
    auto const choice = rng.below(std::size(sqls) + 4);
    if (choice < std::size(sqls)) {
      damage(sqls[choice].c_str());
      return sqls[choice];
    }
    if (choice < std::size(sqls) + 2) {
      edit_record(rng);
      return "a record was edited";
    }
    edit_file(rng);
    return "the file was edited";
  }

  std::map<std::string, Request> ways(Rows const& rows) {
    auto const time = [&](double share) {
      auto const at = static_cast<std::size_t>(share * static_cast<double>(rows.size() - 1));
      return UtcTime{std::chrono::microseconds{std::get<4>(rows[at])}};
    };
    SourcePlace const sold{Against::kLedger, ledger(), {}};
    SourcePlace const copy{Against::kJournal, dir_.path() / "copy", {}};
    return {{"alone", {}},
            {"alone, declared accepted", {.accept_declared = true}},
            {"alone, since", {.window = {.since = time(0.6)}}},
            {"alone, until", {.window = {.until = time(0.6)}}},
            {"alone, since and until", {.window = {time(0.3), time(0.7)}}},
            {"ledger", {.sources = {sold}}},
            {"ledger, stored ends",
             {.sources = {sold}, .from_first_stored = true, .to_last_stored = true}},
            {"ledger, since", {.sources = {sold}, .window = {.since = time(0.5)}}},
            {"copy", {.sources = {copy}}}};
  }

  void play(std::uint64_t seed) {
    Rng rng{seed};
    make(rng);
    damage("PRAGMA wal_checkpoint(TRUNCATE)");
    std::filesystem::copy(data_dir(), dir_.path() / "copy");
    Rows const before = read_rows(data_dir()).value();
    publish_all(before);
    auto requests = ways(before);
    for (auto& [name, request] : requests) {
      request.data_dir = data_dir();
      auto const sound = verify(request);
      ASSERT_TRUE(sound) << name;
      ASSERT_TRUE(sound->clean()) << seed << ", sound, " << name << '\n' << report_text(*sound);
    }
    auto const what = harm(rng);
    auto const after = read_rows(data_dir());
    for (auto const& [name, request] : requests) {
      // Where no plain reader gets through, what is lost may lie outside of a window.
      bool const changed = after ? inside(before, request.window) != inside(*after, request.window)
                                 : request.window.everything();
      auto const report = verify(request);
      if (!report || !report->clean()) {
        detected_ += changed ? 1 : 0;
        continue;
      }
      EXPECT_FALSE(changed) << "seed " << seed << ", " << name << ": " << what << '\n'
                            << report_text(*report);
      missed_ += changed ? 1 : 0;
    }
  }

  std::uint64_t detected_ = 0;
  std::uint64_t missed_ = 0;
};

TEST_F(DamageTest, IsNeverClean) {
  char const* const wanted = std::getenv("K2_DAMAGE_SEEDS");
  auto const seeds = wanted == nullptr ? kSeedsDefault : std::strtoull(wanted, nullptr, 10);
  std::filesystem::path const folder = dir_.path();
  for (std::uint64_t seed = 1; seed <= seeds && !HasFatalFailure(); ++seed) {
    play(seed);
    for (auto const& entry : std::filesystem::directory_iterator{folder}) {
      std::filesystem::remove_all(entry.path());
    }
    builder_ = test::sample_builder();
    batch_.clear();
    ledger_.clear();
  }
  EXPECT_EQ(missed_, 0U);
  EXPECT_GT(detected_, seeds);
  RecordProperty("detected", std::to_string(detected_));
  std::cout << "seeds " << seeds << ", detected " << detected_ << ", missed " << missed_ << '\n';
}

}  // namespace
}  // namespace k2::verify
