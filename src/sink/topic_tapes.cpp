#include "sink/topic_tapes.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"
#include "sink/partition.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace k2::sink {
namespace {

/// Returns true when the journal itself lacks every id of the range, which it has in a gap of its
/// own.
bool lacks(std::span<DeclaredGap const> gaps, std::string_view symbol, IdRange range) {
  MissingIds rest{std::span{&range, 1}};
  for (DeclaredGap const& gap : gaps) {
    if (gap.symbol == symbol && gap.state != GapState::kRepaired) (void)rest.close(gap.ids);
  }
  return rest.empty();
}

}  // namespace

TopicTapes::TopicTapes(std::string journal, std::int32_t partitions)
    : journal_(std::move(journal)), partitions_(static_cast<std::size_t>(partitions)) {
  K2_ASSERT(partitions > 0);
}

TopicTapes::Tapes::value_type& TopicTapes::tape_of(std::string_view symbol) {
  auto found = tapes_.find(symbol);
  if (found == tapes_.end()) {
    Tape tape;
    tape.partition = partition_of(symbol, static_cast<std::int32_t>(partitions_.size()));
    tape.slot = tapes_.size();
    found = tapes_.emplace(std::string{symbol}, std::move(tape)).first;
  }
  return *found;
}

void TopicTapes::begin(JournalFacts const& facts) {
  head_ = head_before_ = head_max_ = facts.end_sequence;
  for (Position const& position : facts.positions) {
    tape_of(position.symbol).second.seen = position.last;
  }
  marks_.clear();
  mark();
}

void TopicTapes::mark() {
  if (head_ < head_max_) return;  // it reads again what it has seen
  if (!marks_.empty() && marks_.back().sequence == head_) return;
  Mark mark{.sequence = head_, .seen = {}};
  mark.seen.resize(tapes_.size());
  for (auto const& [symbol, tape] : tapes_) mark.seen[tape.slot] = tape.seen;
  marks_.push_back(std::move(mark));
  if (marks_.size() > kMarksMax) marks_.pop_front();
}

std::vector<JournalHint> TopicTapes::hints(PositionBook const& book) const {
  std::map<std::int32_t, JournalHint> newest;
  for (auto const& [symbol, position] : book.symbols()) {
    if (position.journal != journal_ || position.sequence == 0) continue;
    auto const partition = partition_of(symbol, static_cast<std::int32_t>(partitions_.size()));
    JournalHint& hint = newest[partition];
    if (position.sequence > hint.sequence) {
      hint = {partition, position.sequence, symbol, position.last};
    }
  }
  std::vector<JournalHint> found;
  found.reserve(newest.size());
  for (auto& [partition, hint] : newest) found.push_back(std::move(hint));
  return found;
}

bool TopicTapes::load(std::span<std::int32_t const> partitions, PositionBook const& book,
                      JournalFacts const& facts, std::span<std::int32_t const> refuted) {
  auto const known = hints(book);
  std::uint64_t lowest = head_;
  for (std::int32_t const partition : partitions) {
    K2_ASSERT(has(partition));
    bool const is_refuted = std::ranges::find(refuted, partition) != refuted.end();
    take_positions(partition, book, facts, is_refuted);
    auto const hint = std::ranges::find(known, partition, &JournalHint::partition);
    bool const holds = hint != known.end() && !is_refuted;
    std::uint64_t from = holds ? hint->sequence + 1 : 0;
    bool const reopens = std::ranges::any_of(book.corrected(), [&](auto const& one) {
      return tape_of(one.first).second.partition == partition && !one.second.reopened.empty();
    });
    if (reopens) from -= std::min(from, kReadBack);
    std::uint64_t place = place_of(partition, facts, from);
    if (K2_PLANTED(kResumeFromJournal)) place = facts.end_sequence;
    partitions_[static_cast<std::size_t>(partition)] = {.owned = false, .from = place};
    lowest = std::min(lowest, place);
  }
  bool const back = lowest < head_;
  if (back) {
    for (Partition& owned : partitions_) {
      if (owned.owned) owned.from = std::max(owned.from, head_);
    }
    head_ = head_before_ = lowest;
  }
  for (std::int32_t const partition : partitions) {
    partitions_[static_cast<std::size_t>(partition)].owned = true;
  }
  return back;
}

/// Replaces everything known of the partition's symbols by the state of the topic.
void TopicTapes::take_positions(std::int32_t partition, PositionBook const& book,
                                JournalFacts const& facts, bool refuted) {
  for (auto& [symbol, tape] : tapes_) {
    if (tape.partition == partition) tape.now = {};
  }
  for (Position const& position : facts.positions) (void)tape_of(position.symbol);
  for (auto const& [symbol, position] : book.symbols()) {
    auto& entry = tape_of(symbol);
    if (entry.second.partition != partition) continue;
    bool const ours = position.journal == journal_ && position.sequence != 0;
    entry.second.now = {
        .last = position.last,
        .sequence = ours && !refuted ? position.sequence : 0,
        .missing = K2_PLANTED(kForgetTopicGaps) ? MissingIds{} : MissingIds{position.missing}};
    bool const is_trimmed = keep_bound(entry);
    if (is_trimmed || (ours && refuted)) amend(entry);
  }
  for (auto const& [symbol, corrected] : book.corrected()) {
    auto& entry = tape_of(symbol);
    if (entry.second.partition == partition) take_correction(entry, corrected);
  }
  for (DeclaredGap const& gap : facts.gaps) {
    if (gap.state != GapState::kVenue) continue;
    auto& entry = tape_of(gap.symbol);
    if (entry.second.partition == partition && entry.second.now.last) close_absent(entry, gap.ids);
  }
  settle_given_up();
}

/// The topic is to learn of the corrected position, and of the ids that it lacks.
void TopicTapes::take_correction(Tapes::value_type& entry, CorrectedPosition const& corrected) {
  for (IdRange const& ids : corrected.reopened) {
    entry.second.changes.add_settled(ids, GapState::kOpen);
  }
  amend(entry);
}

/// True when it gave anything up.
bool TopicTapes::keep_bound(Tapes::value_type& entry) {
  auto const before = giving_up_.size();
  while (auto const ids = entry.second.now.missing.trim()) {
    giving_up_.push_back({entry.first, *ids});
  }
  return giving_up_.size() > before;
}

/// Makes given-up ranges final.
void TopicTapes::settle_given_up() {
  given_up_ += giving_up_.size();
  for (GivenUpIds& one : giving_up_) {
    if (given_up_news_.size() < kGivenUpKept) given_up_news_.push_back(std::move(one));
  }
  giving_up_.clear();
}

void TopicTapes::close_absent(Tapes::value_type& entry, IdRange absent) {
  Tape& tape = entry.second;
  for (IdRange const& one : tape.now.missing.ranges()) {
    IdRange const both{std::max(one.first, absent.first), std::min(one.last, absent.last)};
    if (both.first <= both.last) tape.changes.add_settled(both, GapState::kVenue);
  }
  if (!tape.now.missing.close(absent)) return;
  (void)keep_bound(entry);
  amend(entry);
}

void TopicTapes::note_gaps(std::span<DeclaredGap const> gaps) {
  for (DeclaredGap const& gap : gaps) {
    if (gap.state != GapState::kVenue) continue;
    auto const found = tapes_.find(gap.symbol);
    if (found != tapes_.end() && owns(found->second.partition)) close_absent(*found, gap.ids);
  }
  settle_given_up();
}

std::vector<SymbolIds> TopicTapes::lacking(std::span<DeclaredGap const> gaps) const {
  std::map<std::string_view, std::vector<DeclaredGap const*>> gaps_of;
  for (DeclaredGap const& gap : gaps) gaps_of[gap.symbol].push_back(&gap);
  std::vector<SymbolIds> lost;
  for (auto const& [symbol, tape] : tapes_) {
    if (!owns(tape.partition) || tape.now.missing.empty()) continue;
    MissingIds rest = tape.now.missing;
    for (DeclaredGap const* const gap : gaps_of[symbol]) {
      if (gap->state == GapState::kOpen) (void)rest.close(gap->ids);
    }
    if (rest.empty()) continue;
    lost.push_back({.symbol = symbol, .ids = rest.ranges()});
    for (DeclaredGap const* const gap : gaps_of[symbol]) {
      bool const splits = gap->state == GapState::kRepaired &&
                          !common(rest.ranges(), std::span{&gap->ids, 1}).empty();
      if (splits) lost.back().repaired.push_back(*gap);
    }
  }
  return lost;
}

void TopicTapes::keep_missing(std::vector<SymbolIds>& lost) const {
  std::erase_if(lost, [this](SymbolIds& one) {
    auto const found = tapes_.find(one.symbol);
    if (found == tapes_.end() || !owns(found->second.partition)) return true;
    one.ids = common(one.ids, found->second.now.missing.ranges());
    return one.ids.empty();
  });
}

bool TopicTapes::has_missing() const noexcept {
  return std::ranges::any_of(tapes_, [this](auto const& entry) {
    return owns(entry.second.partition) && !entry.second.now.missing.empty();
  });
}

/// Returns the place from which the journal may hold records that the topic lacks: the latest place
/// that is known to be early enough.
std::uint64_t TopicTapes::place_of(std::int32_t partition, JournalFacts const& facts,
                                   std::uint64_t hint) const {
  std::unordered_map<std::string_view, TradeId> held;
  for (Position const& position : facts.positions) held.emplace(position.symbol, position.last);
  std::vector<Bound> bounds;
  bool lacking = false;
  for (auto const& [symbol, tape] : tapes_) {
    if (tape.partition != partition) continue;
    auto const newest = held.find(symbol);
    if (newest == held.end()) continue;  // the journal has nothing of it before its end
    Bound bound{&tape, tape.now.last};
    for (IdRange const& range : tape.now.missing.ranges()) {
      if (range.first > newest->second) break;
      if (lacks(facts.gaps, symbol, range)) continue;
      bound.whole.reset();
      if (value(range.first) > 0) bound.whole = previous(range.first);
      break;
    }
    if (!bound.whole || newest->second > *bound.whole) lacking = true;
    bounds.push_back(bound);
  }
  if (!lacking) return facts.end_sequence;
  return newest_mark(bounds, std::max(hint, facts.first_sequence));
}

std::uint64_t TopicTapes::newest_mark(std::vector<Bound> const& bounds,
                                      std::uint64_t otherwise) const {
  for (auto mark = marks_.rbegin(); mark != marks_.rend(); ++mark) {
    if (mark->sequence <= otherwise) break;
    bool const early = std::ranges::all_of(bounds, [&](Bound const& bound) {
      if (bound.tape->slot >= mark->seen.size()) return true;
      auto const& seen = mark->seen[bound.tape->slot];
      return !seen || (bound.whole && *seen <= *bound.whole);
    });
    if (early) return mark->sequence;
  }
  return otherwise;
}

void TopicTapes::release(std::int32_t partition) {
  K2_ASSERT(has(partition));
  partitions_[static_cast<std::size_t>(partition)].owned = false;
  std::erase_if(moved_, [&](Tapes::value_type* entry) {
    if (entry->second.partition != partition) return false;
    settle(entry->second);
    return true;
  });
}

Admission TopicTapes::admit(std::uint64_t sequence, std::string_view symbol, TradeId id,
                            bool late) {
  if (sequence < head_) return Admission::kSkip;  // a block that begins before the head
  head_ = sequence + 1;
  head_max_ = std::max(head_max_, head_);
  auto& entry = tape_of(symbol);
  Tape& tape = entry.second;
  if (!tape.seen || id > *tape.seen) tape.seen = id;
  Partition const& partition = partitions_[static_cast<std::size_t>(tape.partition)];
  if (!partition.owned || sequence < partition.from) return Admission::kSkip;
  if (!tape.now.last || id > *tape.now.last) {
    touch(entry);
    if (tape.now.last) {
      if (next(*tape.now.last) < id) {
        IdRange const over{next(*tape.now.last), previous(id)};
        tape.now.missing.add(over);
        tape.changes.add(over, GapState::kOpen);
        (void)keep_bound(entry);
      }
    }
    tape.now.last = id;
    tape.now.sequence = sequence;
    if (K2_PLANTED(kTopicPositionAlone) && value(id) % 500 == 0) return Admission::kSkip;
    return Admission::kDeliver;
  }
  if (tape.now.missing.empty()) return Admission::kSkip;
  auto before = tape.moved ? std::optional<Standing>{} : tape.now;
  if (!tape.now.missing.take(id)) return Admission::kSkip;
  (void)keep_bound(entry);
  if (before) {
    tape.before = *std::move(before);
    tape.moved = true;
    moved_.push_back(&entry);
  }
  if (late || !K2_PLANTED(kSilentTakenGaps)) tape.changes.add({id, id}, GapState::kRepaired);
  return late ? Admission::kDeliver : Admission::kDeliverLate;
}

void TopicTapes::touch(Tapes::value_type& entry) {
  Tape& tape = entry.second;
  if (tape.moved) return;
  tape.before = tape.now;
  tape.moved = true;
  moved_.push_back(&entry);
}

/// Notes a change to be delivered into the topic that is true regardless of the transaction's
/// outcome.
void TopicTapes::amend(Tapes::value_type& entry) {
  entry.second.before = entry.second.now;
  entry.second.amended = true;
  if (entry.second.moved) return;
  entry.second.moved = true;
  moved_.push_back(&entry);
}

void TopicTapes::moved(std::vector<MovedPosition>& out) const {
  out.clear();
  for (auto const* const entry : moved_) {
    Tape const& tape = entry->second;
    K2_ASSERT(tape.now.last);
    out.push_back({entry->first, tape.partition, *tape.now.last, tape.now.sequence,
                   &tape.now.missing.ranges()});
  }
}

void TopicTapes::gap_changes(std::vector<GapChange>& out) const {
  out.clear();
  for (auto const* const entry : moved_) {
    for (GapChanges::Change const& change : entry->second.changes.list()) {
      out.push_back({entry->first, entry->second.partition, change.ids, change.state});
    }
  }
}

void TopicTapes::settle(Tape& tape) noexcept {
  tape.moved = tape.amended = false;
  tape.changes.clear();
}

void TopicTapes::committed() {
  for (auto* const entry : moved_) settle(entry->second);
  moved_.clear();
  settle_given_up();
  head_before_ = head_;
}

void TopicTapes::roll_back() {
  for (auto* const entry : moved_) entry->second.now = entry->second.before;
  head_ = head_before_;
  giving_up_.clear();
  std::erase_if(moved_, [](Tapes::value_type* entry) {
    Tape& tape = entry->second;
    tape.changes.roll_back();
    if (tape.amended) return false;
    tape.moved = false;
    return true;
  });
}

}  // namespace k2::sink
