#include "tests/simulation/kafka/recorder.hpp"

#include "shard/resume.hpp"
#include "sink/partition.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::simulation::kafka {
namespace {

IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

}  // namespace

void Recorder::start() {
  for (auto& [symbol, tape] : tapes_) tape.carried = false;
}

void Recorder::lose(std::size_t records) {
  trades_.resize(trades_.size() - std::min(records, trades_.size()));
  std::erase_if(declared_, [this](Declared const& one) { return one.size > trades_.size(); });
  rebuild_tables();
}

void Recorder::damage(std::uint64_t first_sequence, std::uint64_t records) {
  for (std::uint64_t at = 0; at < records && first_sequence + at <= trades_.size(); ++at) {
    damaged_.insert(first_sequence + at);
  }
}

void Recorder::retire(std::uint64_t first_sequence) {
  first_sequence_ = std::max(first_sequence_, first_sequence);
}

void Recorder::replace() {
  trades_.clear();
  newest_.clear();
  tapes_.clear();
  declared_.clear();
  damaged_.clear();
  dead_letters_ = 0;
  first_sequence_ = 1;
  begins_live_ = true;
}

/// The tables go back with the records.
void Recorder::rebuild_tables() {
  tapes_.clear();
  newest_.clear();
  damaged_.erase(damaged_.upper_bound(trades_.size()), damaged_.end());
  first_sequence_ = std::min<std::uint64_t>(first_sequence_, trades_.size() + 1);
  struct States {
    std::set<std::uint64_t> open;
    std::set<std::uint64_t> elsewhere;
    std::set<std::uint64_t> venue;
  };
  std::map<std::string, States> sets;
  auto declared = declared_.begin();
  // In the order in which they came: a record fills what was open before it.
  auto const take_declared = [&](std::size_t size) {
    for (; declared != declared_.end() && declared->size <= size; ++declared) {
      auto const& gap = declared->gap;
      auto& [open, elsewhere, venue] = sets[gap.symbol];
      auto& now = gap.state == GapState::kOpen    ? open
                  : gap.state == GapState::kVenue ? venue
                                                  : elsewhere;
      for (auto id = value(gap.ids.first); id <= value(gap.ids.last); ++id) {
        for (auto* const state : {&open, &elsewhere, &venue}) state->erase(id);
        now.insert(id);
      }
      Tape& tape = tapes_[gap.symbol];
      tape.last = std::max(tape.last.value_or(0), value(gap.ids.last));
    }
  };
  for (std::size_t at = 0; at < trades_.size(); ++at) {
    take_declared(at);
    RecordedTrade const& trade = trades_[at];
    Tape& tape = tapes_[trade.symbol];
    tape.last = std::max(tape.last.value_or(0), trade.id);
    newest_[trade.symbol] = std::max(newest_[trade.symbol], trade.id);
    sets[trade.symbol].open.erase(trade.id);
  }
  take_declared(trades_.size());
  for (auto const& [symbol, states] : sets) {
    for (auto const id : states.open) tapes_[symbol].open_gaps.push_back(ids(id, id));
    for (auto const id : states.elsewhere) tapes_[symbol].elsewhere.push_back(ids(id, id));
    for (auto const id : states.venue) tapes_[symbol].venue.push_back(ids(id, id));
  }
}

std::vector<sink::DeclaredGap> Recorder::gaps() const {
  std::vector<sink::DeclaredGap> gaps;
  for (auto const& [symbol, tape] : tapes_) {
    for (auto const [ranges, state] : {std::pair{&tape.open_gaps, GapState::kOpen},
                                       std::pair{&tape.elsewhere, GapState::kElsewhere},
                                       std::pair{&tape.venue, GapState::kVenue}}) {
      for (IdRange const range : *ranges) gaps.push_back({symbol, range, "", state, UtcTime{}});
    }
  }
  return gaps;
}

sink::JournalFacts Recorder::facts() const {
  sink::JournalFacts facts{.first_sequence = first_sequence_,
                           .end_sequence = trades_.size() + 1,
                           .gaps = gaps(),
                           .newest_letter = dead_letters_};
  for (auto const& [symbol, id] : newest_) facts.positions.push_back({symbol, TradeId{id}});
  return facts;
}

void Recorder::apply(sink::Recording const& recording) {
  for (auto const& [symbol, published] : published_) {
    bool const wanted =
        recording.all || recording.partitions.contains(sink::partition_of(symbol, partitions_));
    Tape& tape = tapes_[symbol];
    if (!wanted || tape.carried) {
      tape.carried = wanted;
      continue;
    }
    tape.carried = true;
    auto carried = tape_of(symbol, tape);
    auto const known = recording.positions.find(symbol);
    bool const everything = recording.all && tape.last;
    if (known != recording.positions.end() && !everything) {
      carried.topic = shard::TopicStand{known->second.last, known->second.missing};
    }
    auto gaps = shard::catch_up(carried, UtcTime{});
    take(symbol, carried, std::move(gaps));
  }
}

shard::ShardSymbol Recorder::tape_of(std::string const& symbol, Tape const& tape) const {
  shard::ShardSymbol carried{.symbol = Symbol::parse(symbol).value(), .currency = "USDT"};
  if (tape.last) carried.position = TradeId{*tape.last};
  carried.open_gaps = tape.open_gaps;
  carried.elsewhere = tape.elsewhere;
  return carried;
}

void Recorder::take(std::string const& symbol, shard::ShardSymbol const& carried,
                    std::vector<sink::DeclaredGap> gaps) {
  for (auto& gap : gaps) declared_.push_back({trades_.size(), std::move(gap)});
  Tape& tape = tapes_[symbol];
  if (carried.position) tape.last = value(*carried.position);
  tape.open_gaps = carried.open_gaps;
  tape.elsewhere = carried.elsewhere;
}

void Recorder::reopen(sink::SymbolIds const& lost) {
  auto const found = tapes_.find(lost.symbol);
  if (found == tapes_.end() || !found->second.carried || !found->second.last) return;
  auto carried = tape_of(lost.symbol, found->second);
  auto gaps = shard::reopen(carried, lost, UtcTime{});
  for (auto const& gap : gaps) {
    if (gap.state != GapState::kOpen) continue;
    reopened_ += gap.ids.count();
    for (std::uint64_t sequence = first_sequence_; sequence <= trades_.size(); ++sequence) {
      RecordedTrade const& trade = trades_[sequence - 1];
      if (trade.symbol != lost.symbol || !gap.ids.contains(TradeId{trade.id})) continue;
      if (!is_readable(sequence)) continue;
      throw OracleFailure{"journal", fmt::format("{} {} is fetched again, and the journal holds it",
                                                 trade.symbol, trade.id)};
    }
  }
  take(lost.symbol, carried, std::move(gaps));
}

/// A record that is LATE fills a gap that the journal has declared.
void Recorder::check_declared(std::string const& symbol, std::uint64_t id) const {
  bool const is_declared = std::ranges::any_of(declared_, [&](Declared const& one) {
    return one.gap.symbol == symbol && one.gap.state == GapState::kOpen &&
           one.gap.ids.contains(TradeId{id});
  });
  if (is_declared) return;
  throw OracleFailure{"journal", fmt::format("{} {} is LATE, and was never declared", symbol, id)};
}

void Recorder::record() {
  for (auto const& [symbol, published] : published_) {
    Tape& tape = tapes_[symbol];
    if (tape.carried) record_one(symbol, tape, published);
  }
}

void Recorder::add(std::string const& symbol, std::uint64_t id, bool late) {
  trades_.push_back({symbol, id, late});
  newest_[symbol] = std::max(newest_[symbol], id);
}

void Recorder::declare(std::string const& symbol, IdRange range, GapState state) {
  Tape& tape = tapes_[symbol];
  (state == GapState::kOpen ? tape.open_gaps : tape.venue).push_back(range);
  declared_.push_back({trades_.size(), {symbol, range, "", state}});
}

void Recorder::repair_one(std::string const& symbol, Tape& tape, Publication const& published) {
  IdRange& gap = tape.open_gaps.front();
  IdRange const one{gap.first, gap.first};
  if (gap.first == gap.last) {
    tape.open_gaps.erase(tape.open_gaps.begin());
  } else {
    gap.first = next(gap.first);
  }
  if (published.absent.contains(value(one.first))) {
    declare(symbol, one, GapState::kVenue);
  } else {
    check_declared(symbol, value(one.first));
    add(symbol, value(one.first), true);
  }
}

void Recorder::record_one(std::string const& symbol, Tape& tape, Publication const& published) {
  if (!tape.open_gaps.empty() && rest_ && rng_.chance(0.05)) repair_one(symbol, tape, published);
  auto const last = published.last;
  if (last == 0) return;
  // A tape without a position begins with its first trade, so that the world knows what to expect;
  // a new journal beside a topic that holds trades begins with the newest.
  std::uint64_t from = tape.last ? *tape.last + 1 : 1;
  if (!tape.last && begins_live_) from = last;
  if (!tape.last && published.absent.contains(from)) return;
  if (tape.last && last >= from + 3 && (!rest_ || rng_.chance(0.002))) {
    declare(symbol, ids(from, last - 1), GapState::kOpen);
    from = last;
  }
  if (from <= last && rng_.chance(0.001)) ++dead_letters_;
  for (; from <= last; ++from) {
    if (published.absent.contains(from)) {
      declare(symbol, ids(from, from), GapState::kOpen);
    } else {
      add(symbol, from, false);
    }
  }
  tape.last = std::max(last, tape.last.value_or(0));
}

}  // namespace k2::simulation::kafka
