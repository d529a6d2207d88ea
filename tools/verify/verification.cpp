#include "tools/verify/verification.hpp"

#include "tools/verify/altered.hpp"
#include "tools/verify/one_generation.hpp"
#include "tools/verify/source_chain.hpp"
#include "tools/verify/stored_trades.hpp"
#include "tools/verify/topic_trades.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

namespace k2::verify {
namespace {

/// Number of trades that are read of one side before the other's turn.
constexpr int kTurn = 4'096;

Result<std::unique_ptr<Store>> open_all(Request const& request) {
  if (request.topic) {
    auto topic = TopicTrades::open(*request.topic, true, request.window);
    if (!topic) return topic.error();
    return std::unique_ptr<Store>{*std::move(topic)};
  }
  auto journal = StoredTrades::open(request.data_dir, request.window);
  if (!journal) return journal.error();
  return std::unique_ptr<Store>{*std::move(journal)};
}

/// A ledger and the exchange's files know no generations.
bool knows_generations(Request const& request) {
  if (request.sources.empty()) return true;
  Against const kind = request.sources.front().kind;
  return kind == Against::kJournal || kind == Against::kTopic;
}

Result<std::unique_ptr<Store>> open_store(Request const& request) {
  auto store = open_all(request);
  if (!store || knows_generations(request)) return store;
  return std::unique_ptr<Store>{
      std::make_unique<OneGeneration>(*std::move(store), request.generation)};
}

/// The declared gaps of each symbol, as they excuse what is missing.
std::map<std::string, DeclaredIds, std::less<>> declared_ids(StoreTables const& tables) {
  std::map<std::string, DeclaredIds, std::less<>> declared;
  // Those that were repaired while the store was read: whether before or after is not known.
  std::map<std::string, std::vector<IdRange>, std::less<>> repaired_before;
  std::map<std::string, std::vector<IdRange>, std::less<>> repaired_after;
  auto const take = [&](std::vector<sink::DeclaredGap> const& gaps, auto& repaired) {
    for (auto const& gap : gaps) {
      DeclaredIds& ids = declared[gap.symbol];
      ids.ever.push_back(gap.ids);
      if (gap.state == sink::GapState::kRepaired) repaired[gap.symbol].push_back(gap.ids);
      if (gap.state == sink::GapState::kRepaired) continue;
      ids.excused.push_back(gap.ids);
      if (gap.state == sink::GapState::kOpen) ids.open.push_back(gap.ids);
    }
  };
  take(tables.gaps_before, repaired_before);
  take(tables.gaps, repaired_after);
  for (auto& [symbol, ids] : declared) {
    if (!tables.settled) {
      auto const unclear = without(merged(repaired_after[symbol]), merged(repaired_before[symbol]));
      ids.excused.insert(ids.excused.end(), unclear.begin(), unclear.end());
    }
    ids.open = merged(std::move(ids.open));
    ids.excused = merged(std::move(ids.excused));
    ids.ever = merged(std::move(ids.ever));
  }
  return declared;
}

void count_gap(sink::GapState state, GapCounts& counts) {
  switch (state) {
    case sink::GapState::kOpen:
      ++counts.open;
      break;
    case sink::GapState::kRepaired:
      ++counts.repaired;
      break;
    case sink::GapState::kVenue:
      ++counts.venue;
      break;
    case sink::GapState::kElsewhere:
      ++counts.elsewhere;
      break;
  }
}

/// The times of which each symbol's official files have all trades.
std::map<std::string, std::vector<Window>, std::less<>> official_days(Request const& request) {
  std::map<std::string, std::vector<Window>, std::less<>> days;
  for (SourcePlace const& place : request.sources) {
    if (place.kind != Against::kOfficial) continue;
    if (auto const own = days_of_file(place.path)) days[place.symbol].push_back(*own);
  }
  return days;
}

/// The work of one verify(): the two sides meet in a tally per symbol.
class Verification {
 public:
  explicit Verification(Request const& request)
      : request_(request),
        has_source_(!request.sources.empty()),
        source_(request.sources, request.window),
        days_(official_days(request)) {}

  Result<Report> run() {
    report_.against = has_source_ ? request_.sources.front().kind : Against::kNothing;
    report_.asked = {.since = request_.window.since,
                     .until = request_.window.until,
                     .accept_declared = request_.accept_declared,
                     .from_first_stored = request_.from_first_stored,
                     .to_last_stored = request_.to_last_stored};
    auto opened = open_store(request_);
    if (!opened) return opened.error();
    Store& trades = **opened;
    if (auto const read = read_both(trades); !read) return read.error();
    if (auto const noted = note_tables(trades); !noted) return noted.error();
    check_uses();
    if (auto const looked = look_at_suspects(); !looked) return looked.error();
    report_.blocks = trades.blocks();
    report_.invalid_blocks = trades.invalid_blocks();
    report_.invalid_records = trades.invalid_records();
    collect();
    return std::move(report_);
  }

 private:
  SymbolTally& tally_of(std::string_view symbol) {
    if (auto const found = tallies_.find(symbol); found != tallies_.end()) return found->second;
    return tallies_.emplace(symbol, SymbolTally{has_source_}).first->second;
  }

  /// Without a source, a tape counts from its first record in the window on, regardless of the
  /// times of the next; a LATE trade belongs to its own time.
  [[nodiscard]] bool is_looked_at(StoredTrade const& stored) const {
    if (request_.window.contains(stored.content.time)) return true;
    return !has_source_ && !stored.late && stored.content.time < request_.window.until &&
           tallies_.contains(stored.symbol);
  }

  [[nodiscard]] bool in_official_days(StoredTrade const& stored) const {
    auto const days = days_.find(stored.symbol);
    return days != days_.end() && std::ranges::any_of(days->second, [&](Window const& one) {
             return one.contains(stored.content.time);
           });
  }

  void add_stored(StoredTrade const& stored) {
    if (!is_looked_at(stored)) return;
    auto const time = stored.content.time;
    report_.first_time = std::min(report_.first_time.value_or(time), time);
    report_.last_time = std::max(report_.last_time.value_or(time), time);
    tally_of(stored.symbol)
        .add_stored(stored.id, stored.content,
                    {.late = stored.late,
                     .from_rest = stored.from_rest,
                     .in_source_time = in_official_days(stored)});
  }

  /// Takes turns, so that the two sides stay close and few chunks are open.
  Result<void> read_both(Store& trades) {
    bool more_stored = true;
    bool more_source = has_source_;
    while (more_stored || more_source) {
      for (int turn = 0; more_stored && turn < kTurn; ++turn) {
        StoredTrade stored;
        auto const more = trades.next(stored);
        if (!more) return more.error();
        more_stored = *more;
        if (more_stored) add_stored(stored);
      }
      for (int turn = 0; more_source && turn < kTurn; ++turn) {
        SourceTrade told;
        auto const more = source_.next(told);
        if (!more) return more.error();
        more_source = *more;
        if (more_source) tally_of(told.symbol).add_source(told.id, told.content);
      }
      if (request_.on_progress) {
        request_.on_progress({trades.records_read(), trades.records(), source_.read(), 1});
      }
    }
    report_.invalid_source = source_.invalid();
    report_.unread = source_.unread();
    return {};
  }

  /// The store's own tables: gaps explain what is missing, positions must agree.
  Result<void> note_tables(Store& trades) {
    auto const read = trades.tables();
    if (!read) return read.error();
    StoreTables const& tables = *read;
    for (auto const& gap : tables.gaps) count_gap(gap.state, report_.gaps);
    for (auto const& one : tables.retired) retired_[one.symbol] = one.last;
    if (!retired_.empty()) {
      report_.retired_by = tables.retired_by;
      report_.notes.push_back(
          fmt::format("the oldest trades were deleted {}; ids up to each symbol's last deleted one "
                      "were not checked",
                      tables.retired_by));
    }
    report_.dead_letters = tables.dead_letters;
    report_.wrong_positions = tables.wrong_positions;
    report_.wrong_gaps = tables.wrong_gaps;
    report_.unread.add(tables.unread);
    report_.notes.insert(report_.notes.end(), tables.notes.begin(), tables.notes.end());
    finish_tallies(tables);
    if (tables.settled) check_gaps(tables.gaps);
    return {};
  }

  void finish_tallies(StoreTables const& tables) {
    bool const is_window = !request_.window.everything();
    std::map<std::string, TradeId, std::less<>> positions;
    for (auto const& one : tables.positions) positions[one.symbol] = one.last;
    // A tape that is gone as a whole is a tape that was to be checked.
    for (auto const& one : tables.unreached) {
      if (!is_window) (void)tally_of(one.symbol);
    }
    auto const declared = declared_ids(tables);
    for (auto& [symbol, tally] : tallies_) {
      Bounds bounds{.from_first_stored = request_.from_first_stored,
                    .to_last_stored = request_.to_last_stored,
                    .source_is_part = report_.against == Against::kOfficial,
                    .is_window = is_window};
      if (auto const one = retired_.find(symbol); one != retired_.end()) {
        bounds.retired = one->second;
      }
      auto const position = positions.find(symbol);
      if (!is_window && position != positions.end()) bounds.position = position->second;
      for (SourceUse const& use : source_.uses()) {
        auto const range = use.ranges.find(symbol);
        if (range != use.ranges.end()) bounds.source_ranges.push_back(range->second);
      }
      bounds.source_ranges = merged(std::move(bounds.source_ranges));
      auto const gaps = declared.find(symbol);
      tally.finish(gaps == declared.end() ? DeclaredIds{} : gaps->second, bounds);
    }
  }

  /// Checks that ids declared missing are not stored; those declared repaired and not stored are
  /// missing.
  void check_gaps(std::vector<sink::DeclaredGap> const& gaps) {
    for (auto const& gap : gaps) {
      if (gap.state != sink::GapState::kOpen && gap.state != sink::GapState::kVenue) continue;
      auto const tally = tallies_.find(gap.symbol);
      if (tally == tallies_.end()) continue;
      if (auto const found = tally->second.first_stored_in(gap.ids)) {
        report_.wrong_gaps.add(fmt::format("{}: {} is there, and declared {}", gap.symbol,
                                           value(*found), gap_state_name(gap.state)));
      }
    }
  }

  /// Each account must have been of use: one of another day proves nothing.
  void check_uses() {
    for (SourceUse const& use : source_.uses()) {
      if (use.read == 0) {
        report_.unread.add(use.name + ": there is no trade in it");
      } else if (use.in_window == 0) {
        report_.unread.add(use.name + ": no trade in it was matched in the requested time");
      }
      for (auto const& [symbol, ids] : use.ranges) {
        bool const retired = is_retired(symbol, ids);
        if (!retired && is_of_use(symbol, ids)) continue;
        report_.unread.add(fmt::format("{}: none of the ids {} to {} of {} was checked: {}",
                                       use.name, value(ids.first), value(ids.last), symbol,
                                       retired
                                           ? fmt::format("all were deleted {}", report_.retired_by)
                                           : "the store has only others"));
      }
    }
  }

  [[nodiscard]] bool is_retired(std::string const& symbol, IdRange ids) const {
    auto const retired = retired_.find(symbol);
    return retired != retired_.end() && retired->second >= ids.last;
  }

  [[nodiscard]] bool is_of_use(std::string const& symbol, IdRange ids) const {
    auto const stored = tallies_.at(symbol).stored_ids();
    if (!stored) return true;
    return !(request_.from_first_stored && ids.last < stored->first) &&
           !(request_.to_last_stored && ids.first > stored->last);
  }

  /// Compares contents one by one where sums differed, as many chunks at a time as memory allows.
  Result<void> look_at_suspects() {
    std::vector<SuspectChunk> all;
    for (auto const& [symbol, tally] : tallies_) {
      for (Suspect const& suspect : tally.suspects()) all.push_back({symbol, suspect});
    }
    int pass = 2;
    for (std::span<SuspectChunk const> rest{all}; !rest.empty(); ++pass) {
      auto const group = rest.first(std::min(rest.size(), AlteredSearch::kChunksMax));
      rest = rest.subspan(group.size());
      if (auto const looked = look_at(group, pass); !looked) return looked;
    }
    return {};
  }

  Result<void> look_at(std::span<SuspectChunk const> group, int pass) {
    AlteredSearch search{group};
    SourceChain source{request_.sources, request_.window};
    SourceTrade told;
    for (auto more = source.next(told);; more = source.next(told)) {
      if (!more) return more.error();
      if (!*more) break;
      search.add_source(told.symbol, told.id, told.content);
      report_progress(source.read(), pass, nullptr);
    }
    auto trades = open_store(request_);
    if (!trades) return trades.error();
    StoredTrade stored;
    for (auto more = (*trades)->next(stored);; more = (*trades)->next(stored)) {
      if (!more) return more.error();
      if (!*more) break;
      search.add_stored(stored.symbol, stored.id, stored.content);
      report_progress(source.read(), pass, trades->get());
    }
    search.for_each_altered(
        [this](std::string_view symbol, TradeId id) { tally_of(symbol).add_altered(id); });
    search.for_each_contradictory(
        [this](std::string_view symbol, TradeId id) { tally_of(symbol).add_contradictory(id); });
    return {};
  }

  void report_progress(std::uint64_t source_read, int pass, Store const* trades) {
    auto const count = trades == nullptr ? source_read : trades->records_read();
    if (!request_.on_progress || count % kTurn != 0) return;
    request_.on_progress({trades == nullptr ? 0 : trades->records_read(),
                          trades == nullptr ? 0 : trades->records(), source_read, pass});
  }

  void collect() {
    // An official file speaks of its own symbols only.
    for (auto const& [symbol, tally] : tallies_) {
      SymbolReport line = tally.report();
      if (report_.against == Against::kOfficial && line.published == 0) continue;
      line.symbol = symbol;
      report_.symbols.push_back(std::move(line));
    }
    report_.sum_up();
    if (report_.against == Against::kTopic && report_.total.told_twice > 0) {
      report_.invalid_source.add(
          fmt::format("it holds {} trades that it held before", report_.total.told_twice));
    }
  }

  Request const& request_;
  bool has_source_;
  SourceChain source_;
  std::map<std::string, std::vector<Window>, std::less<>> days_;
  std::map<std::string, SymbolTally, std::less<>> tallies_;
  std::map<std::string, TradeId, std::less<>> retired_;
  Report report_;
};

}  // namespace

Result<Report> verify(Request const& request) {
  return Verification{request}.run();
}

}  // namespace k2::verify
