#include "tools/verify/verification.hpp"

#include "tools/verify/altered.hpp"
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

/// How many trades of one side are read before the other's turn.
constexpr int kTurn = 4'096;

/// All sources, one behind the other.
class SourceChain {
 public:
  explicit SourceChain(Request const& request)
      : places_(request.sources), window_(request.window) {}

  Result<bool> next(SourceTrade& out) {
    for (;;) {
      if (current_ == nullptr) {
        if (at_ == places_.size()) return false;
        auto opened = open_source(places_[at_++], window_);
        if (!opened) return opened.error();
        current_ = *std::move(opened);
      }
      auto more = current_->next(out);
      if (!more) return more;
      if (*more) {
        ++read_;
        if (window_.contains(out.content.time)) return more;
        continue;
      }
      if (auto note = current_->note(); !note.empty()) notes_.push_back(std::move(note));
      invalid_ = current_->invalid();
      current_.reset();
    }
  }

  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  [[nodiscard]] std::vector<std::string> const& notes() const noexcept { return notes_; }
  /// Of the last source that ended.
  [[nodiscard]] Finding const& invalid() const noexcept { return invalid_; }

 private:
  std::vector<SourcePlace> const& places_;
  Window const& window_;
  std::size_t at_ = 0;
  std::unique_ptr<TradeSource> current_;
  std::uint64_t read_ = 0;
  std::vector<std::string> notes_;
  Finding invalid_;
};

Result<std::unique_ptr<Store>> open_store(Request const& request) {
  if (request.topic) {
    auto topic = TopicTrades::open(*request.topic, true, request.window);
    if (!topic) return topic.error();
    return std::unique_ptr<Store>{*std::move(topic)};
  }
  auto journal = StoredTrades::open(request.data_dir, request.window);
  if (!journal) return journal.error();
  return std::unique_ptr<Store>{*std::move(journal)};
}

/// The work of one verify(): the two sides meet in a tally per symbol.
class Verification {
 public:
  explicit Verification(Request const& request)
      : request_(request), has_source_(!request.sources.empty()) {}

  Result<Report> run() {
    report_.against = has_source_ ? request_.sources.front().kind : Against::kNothing;
    report_.accept_declared = request_.accept_declared;
    auto opened = open_store(request_);
    if (!opened) return opened.error();
    Store& trades = **opened;
    if (auto const read = read_both(trades); !read) return read.error();
    if (auto const noted = note_tables(trades); !noted) return noted.error();
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

  [[nodiscard]] bool is_looked_at(StoredTrade const& stored) const {
    if (request_.window.contains(stored.content.time)) return true;
    return !has_source_ && stored.content.time < request_.window.until &&
           tallies_.contains(stored.symbol);
  }

  /// Takes turns, so that the two sides stay close and few chunks are open.
  Result<void> read_both(Store& trades) {
    SourceChain source{request_};
    bool more_stored = true;
    bool more_source = has_source_;
    while (more_stored || more_source) {
      for (int turn = 0; more_stored && turn < kTurn; ++turn) {
        StoredTrade stored;
        auto const more = trades.next(stored);
        if (!more) return more.error();
        more_stored = *more;
        if (!more_stored) break;
        if (!is_looked_at(stored)) continue;
        tally_of(stored.symbol)
            .add_stored(stored.id, stored.content, {stored.late, stored.from_rest});
      }
      for (int turn = 0; more_source && turn < kTurn; ++turn) {
        SourceTrade told;
        auto const more = source.next(told);
        if (!more) return more.error();
        more_source = *more;
        if (more_source) tally_of(told.symbol).add_source(told.id, told.content);
      }
      if (request_.on_progress) {
        request_.on_progress({trades.records_read(), trades.records(), source.read(), 1});
      }
    }
    report_.notes = source.notes();
    if (report_.against == Against::kTopic) report_.invalid_source = source.invalid();
    return {};
  }

  /// The store's own tables: gaps explain what is missing, positions must agree.
  Result<void> note_tables(Store& trades) {
    auto const tables = trades.tables();
    if (!tables) return tables.error();
    std::map<std::string, std::vector<IdRange>, std::less<>> ranges;
    // Whoever writes may repair meanwhile what the records read do not show yet.
    bool const to_the_end = request_.window.until == UtcTime::max();
    bool const settled = to_the_end && tables->positions.has_value();
    for (auto const& gap : tables->gaps) {
      if (!settled || gap.state != sink::GapState::kRepaired) ranges[gap.symbol].push_back(gap.ids);
      switch (gap.state) {
        case sink::GapState::kOpen:
          ++report_.gaps.open;
          break;
        case sink::GapState::kRepaired:
          ++report_.gaps.repaired;
          break;
        case sink::GapState::kVenue:
          ++report_.gaps.venue;
          break;
        case sink::GapState::kElsewhere:
          ++report_.gaps.elsewhere;
          break;
      }
    }
    std::map<std::string, TradeId, std::less<>> retired;
    for (auto const& one : tables->retired) retired[one.symbol] = one.last;
    if (!retired.empty()) {
      report_.notes.emplace_back(
          "the oldest trades were deleted at journal.max_bytes; ids up to "
          "each symbol's last deleted one do not count as missing");
    }
    Bounds bounds{.from_first_stored = request_.from_first_stored,
                  .to_last_stored = request_.to_last_stored,
                  .source_is_part = report_.against == Against::kOfficial};
    for (auto& [symbol, tally] : tallies_) {
      auto const found = retired.find(symbol);
      bounds.retired = found == retired.end() ? std::nullopt : std::optional{found->second};
      tally.finish(ranges[symbol], bounds);
    }
    report_.dead_letters = tables->dead_letters;
    report_.notes.insert(report_.notes.end(), tables->notes.begin(), tables->notes.end());
    if (!to_the_end) {
      report_.notes.emplace_back(
          "a part of the time was looked at: positions and gaps were not checked");
    } else if (settled) {
      check_positions(*tables->positions);
      check_gaps(tables->gaps);
    } else {
      report_.notes.emplace_back("the store is being written: positions and gaps were not checked");
    }
    return {};
  }

  /// What is declared not to be there must not be there; what was repaired and is not is missing.
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

  void check_positions(std::vector<sink::Position> const& positions) {
    std::map<std::string, TradeId, std::less<>> told;
    for (auto const& position : positions) told[position.symbol] = position.last;
    for (auto const& [symbol, tally] : tallies_) {
      auto const found = told.find(symbol);
      if (!tally.position()) continue;
      // In a topic LATE trades that come before any newer one move the position, too.
      bool const agrees = found != told.end() &&
                          (found->second == *tally.position() || found->second == *tally.newest());
      if (agrees) continue;
      report_.wrong_positions.add(fmt::format(
          "{}: the records end at {}, the position says {}", symbol, value(*tally.position()),
          found == told.end() ? "nothing" : std::to_string(value(found->second))));
    }
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
      AlteredSearch search{group};
      SourceChain source{request_};
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
    }
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
  std::map<std::string, SymbolTally, std::less<>> tallies_;
  Report report_;
};

}  // namespace

Result<Report> verify(Request const& request) {
  return Verification{request}.run();
}

}  // namespace k2::verify
