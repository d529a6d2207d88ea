#include "tests/simulation/kafka/recorder.hpp"

#include "shard/resume.hpp"
#include "sink/partition.hpp"

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

/// The tables go back with the records.
void Recorder::rebuild_tables() {
  tapes_.clear();
  newest_.clear();
  struct States {
    std::set<std::uint64_t> open;
    std::set<std::uint64_t> elsewhere;
    std::set<std::uint64_t> venue;
  };
  std::map<std::string, States> sets;
  for (Declared const& one : declared_) {
    auto& [open, elsewhere, venue] = sets[one.gap.symbol];
    auto& now = one.gap.state == GapState::kOpen    ? open
                : one.gap.state == GapState::kVenue ? venue
                                                    : elsewhere;
    for (auto id = value(one.gap.ids.first); id <= value(one.gap.ids.last); ++id) {
      for (auto* const state : {&open, &elsewhere, &venue}) state->erase(id);
      now.insert(id);
    }
    Tape& tape = tapes_[one.gap.symbol];
    tape.last = std::max(tape.last.value_or(0), value(one.gap.ids.last));
  }
  for (RecordedTrade const& trade : trades_) {
    Tape& tape = tapes_[trade.symbol];
    tape.last = std::max(tape.last.value_or(0), trade.id);
    newest_[trade.symbol] = std::max(newest_[trade.symbol], trade.id);
    sets[trade.symbol].open.erase(trade.id);
  }
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
  sink::JournalFacts facts{.first_sequence = 1,
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
    shard::ShardSymbol carried{.symbol = Symbol::parse(symbol).value(), .currency = "USDT"};
    if (tape.last) carried.position = TradeId{*tape.last};
    carried.open_gaps = tape.open_gaps;
    carried.elsewhere = tape.elsewhere;
    auto const known = recording.positions.find(symbol);
    bool const everything = recording.all && tape.last;
    if (known != recording.positions.end() && !everything) {
      carried.topic = shard::TopicStand{known->second.last, known->second.missing};
    }
    for (auto& gap : shard::catch_up(carried, UtcTime{})) {
      declared_.push_back({trades_.size(), std::move(gap)});
    }
    if (carried.position) tape.last = value(*carried.position);
    tape.open_gaps = carried.open_gaps;
    tape.elsewhere = carried.elsewhere;
  }
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
    add(symbol, value(one.first), true);
  }
}

void Recorder::record_one(std::string const& symbol, Tape& tape, Publication const& published) {
  if (!tape.open_gaps.empty() && rest_ && rng_.chance(0.05)) repair_one(symbol, tape, published);
  auto const last = published.last;
  if (last == 0) return;
  // A tape without a position begins with its first trade, so that the world knows what to expect.
  std::uint64_t from = tape.last ? *tape.last + 1 : 1;
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
