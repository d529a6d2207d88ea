#include "tests/simulation/kafka/oracles.hpp"

#include "sink/partition.hpp"
#include "sink/position_book.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace k2::simulation::kafka {
namespace {

/// Reads the number that begins here, and moves behind it.
std::uint64_t take_number(std::string_view& text) {
  std::uint64_t number = 0;
  auto const read = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(read.ptr - text.data()));
  return number;
}

std::uint64_t number_of(std::string_view text) {
  return take_number(text);
}

/// A record of the topic of gaps.
struct GapText {
  explicit GapText(std::string const& text) {
    std::istringstream words{text};
    words >> first >> last >> state;
  }
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::string state;
};

/// The claim of a position; read without a JSON parser, since worlds have thousands.
struct PositionText {
  explicit PositionText(std::string_view text) {
    constexpr std::string_view kLast = R"({"last_id":)";
    constexpr std::string_view kMissing = R"("missing":[)";
    text.remove_prefix(std::min(kLast.size(), text.size()));
    last = take_number(text);
    auto const begin = text.find(kMissing);
    if (begin == std::string_view::npos) return;
    text.remove_prefix(begin + kMissing.size());
    while (text.starts_with('[') || text.starts_with(",[")) {
      text.remove_prefix(text.find('[') + 1);
      auto const first = take_number(text);
      text.remove_prefix(1);
      missing.emplace_back(first, take_number(text));
      text.remove_prefix(1);
    }
  }
  std::uint64_t last = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> missing;
};

}  // namespace

/// An unclean election loses what was acknowledged; nobody can deliver exactly once over that.
bool Oracles::is_excused(std::int32_t partition) const {
  return std::ranges::any_of(cluster_.lost_records(), [&](LostRecords const& lost) {
    return lost.place.partition == partition;
  });
}

bool Oracles::is_excused(std::string_view symbol) const {
  return is_excused(sink::partition_of(symbol, partitions_));
}

/// Partitions disagreed about a transaction of this symbol for a while. Its position was visible
/// before its trades then, changes of its gaps can be declared again, and its newest trades can
/// come LATE. In the end everything has to be there, once and in order.
bool Oracles::is_partly_committed(std::string_view symbol) const {
  return cluster_.partly_committed().contains(sink::partition_of(symbol, partitions_));
}

void Oracles::read() {
  for (int topic = 0; topic < kOffsets; ++topic) {
    for (std::int32_t partition = 0; partition < partitions_; ++partition) {
      Place const place{topic, partition};
      if (!cluster_.exists(place)) continue;
      PartitionLog const& log = cluster_.log(place);
      auto& next = next_[place.index()];
      for (auto const stable = log.last_stable(); next < stable; ++next) {
        if (!log.is_visible(next)) continue;
        auto const& entry = log.at(next);
        if (topic == kTrades) take_trade(entry);
        if (topic == kPositions) take_position(entry);
        if (topic == kGaps) take_gap(entry);
        if (topic == kDeadLetters) take_dead_letter(entry);
      }
    }
  }
}

void Oracles::on_deleted(int topic) {
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    next_[Place{topic, partition}.index()] = 0;
  }
}

void Oracles::expect_refusal() {
  read();
  for (std::int32_t partition = 0; partition < partitions_; ++partition) {
    if (cluster_.log({kTrades, partition}).has_visible()) refused_.insert(partition);
  }
}

/// No symbol belongs to partitions that were added.
void Oracles::check_added_partitions() const {
  for (int topic = 0; topic < kOffsets; ++topic) {
    for (std::int32_t partition = partitions_; partition < kPartitionsMax; ++partition) {
      if (cluster_.log({topic, partition}).end() == 0) continue;
      throw OracleFailure{"partitions", fmt::format("{}-{} was added, and something was written "
                                                    "into it",
                                                    topic, partition)};
    }
  }
}

void Oracles::take_trade(PartitionLog::Entry const& entry) {
  ++counts_.trades;
  if (refused_.contains(sink::partition_of(entry.key, partitions_))) {
    throw OracleFailure{"refused", fmt::format("{} {} is delivered without any position left",
                                               entry.key, entry.value)};
  }
  if (!published_.contains(entry.key)) {
    throw OracleFailure{"once", fmt::format("{} is no symbol, and is in the topic", entry.key)};
  }
  auto const id = number_of(entry.value);
  bool const late = entry.value.ends_with("LATE");
  counts_.late += late ? 1 : 0;
  Tape& tape = tapes_[entry.key];
  if (tape.seen.size() <= id) tape.seen.resize(id + 1);
  Seen& seen = tape.seen[id];
  bool const strict = transactions_ && !is_excused(entry.key);
  if (seen.is_there && strict) {
    throw OracleFailure{"once", fmt::format("{} {} is in the topic twice", entry.key, id)};
  }
  // The newest trades of a symbol can be those that an abort took.
  bool const may_be_late = late && is_partly_committed(entry.key);
  if (strict && (id < tape.newest) != late && !may_be_late) {
    throw OracleFailure{"order", fmt::format("{} {} comes behind {}, {}", entry.key, id,
                                             tape.newest, late ? "LATE" : "not LATE")};
  }
  tape.newest = std::max(tape.newest, id);
  if (seen.is_there) return;
  ++tape.count;
  seen = {
      .appended = entry.appended, .transaction = entry.transaction, .late = late, .is_there = true};
}

void Oracles::take_position(PartitionLog::Entry const& entry) {
  ++counts_.positions;
  if (entry.key.starts_with('/')) return;
  PositionText const position{entry.value};
  Tape& tape = tapes_[entry.key];
  std::set<std::uint64_t> unclaimed;
  for (auto const& [first, last] : position.missing) {
    for (auto id = first; id <= last; ++id) unclaimed.insert(id);
  }
  auto const claim = [&](std::uint64_t id) {
    if (!unclaimed.contains(id)) claims_.push_back({entry.key, id, entry.decided});
  };
  for (auto const id : tape.unclaimed) claim(id);
  for (auto id = tape.claimed + 1; id <= position.last; ++id) claim(id);
  tape.claimed = position.last;
  tape.unclaimed = std::move(unclaimed);
}

void Oracles::take_gap(PartitionLog::Entry const& entry) {
  ++counts_.gap_changes;
  GapText const gap{entry.value};
  for (auto id = gap.first; id <= gap.last; ++id) {
    GapHistory& history = histories_[{entry.key, id}];
    history.newest = gap.state;
    if (is_partly_committed(entry.key)) {
      if (gap.state == "venue" && history.venue++ == 0) ++venue_declared_;
    } else if (gap.state == "open" && history.repaired.empty() && history.venue == 0) {
      ++history.opened;
    } else if (gap.state == "repaired") {
      history.repaired.push_back(entry.transaction);
    } else if (gap.state == "venue" && history.opened > 0) {
      ++history.venue;
      ++venue_declared_;
    } else if (transactions_ && !is_excused(entry.key)) {
      throw OracleFailure{"gaps", fmt::format("{} {} is {}", entry.key, id, gap.state)};
    }
  }
}

void Oracles::take_dead_letter(PartitionLog::Entry const& entry) {
  auto& newest = dead_letters_[entry.key];
  auto const number = number_of(entry.value);
  if (number == newest + 1) {
    ++newest;
    ++counts_.dead_letters;
    return;
  }
  bool const may_repeat = !transactions_ || is_partly_committed(sink::letter_key(entry.key));
  if (may_repeat && number <= newest) return;
  // The letters of a journal are in one partition, and their position in another.
  if (!cluster_.lost_records().empty()) return;
  throw OracleFailure{"letters",
                      fmt::format("{} {} comes where {} is due", entry.key, number, newest + 1)};
}

bool Oracles::is_complete(std::map<std::string, std::uint64_t> const& dead_letters) const {
  if (is_refusal_expected()) return true;
  std::uint64_t absent = 0;
  for (auto const& [symbol, published] : published_) {
    absent += published.absent.size();
    auto const found = tapes_.find(symbol);
    auto const count = found == tapes_.end() ? 0 : found->second.count;
    if (count < published.last - published.absent.size() && !is_excused(symbol)) return false;
  }
  for (auto const& [journal, newest] : dead_letters) {
    auto const found = dead_letters_.find(journal);
    auto const count = found == dead_letters_.end() ? 0 : found->second;
    if (count < newest && cluster_.lost_records().empty()) return false;
  }
  // Without transactions the changes of gaps are not checked.
  return !transactions_ || !cluster_.lost_records().empty() || venue_declared_ >= absent;
}

std::set<std::string> Oracles::known_symbols() const {
  std::set<std::string> symbols;
  for (auto const& [symbol, tape] : tapes_) {
    if (tape.claimed > 0) symbols.insert(symbol);
  }
  return symbols;
}

void Oracles::check_end(std::map<std::string, std::uint64_t> const& dead_letters) const {
  check_added_partitions();
  check_claims();
  if (is_refusal_expected()) return;
  check_complete();
  if (transactions_) check_gaps();
  if (!cluster_.lost_records().empty()) return;
  for (auto const& [journal, newest] : dead_letters) {
    auto const found = dead_letters_.find(journal);
    auto const count = found == dead_letters_.end() ? 0 : found->second;
    if (count == newest) continue;
    throw OracleFailure{"letters", fmt::format("{} of {}'s {} are there", count, journal, newest)};
  }
}

/// Checks completeness. After an unavoidable loss delivery still has to continue.
void Oracles::check_complete() const {
  for (auto const& [symbol, published] : published_) {
    auto const found = tapes_.find(symbol);
    auto const& seen = found == tapes_.end() ? std::vector<Seen>{} : found->second.seen;
    auto const is_there = [&](std::uint64_t id) { return id < seen.size() && seen[id].is_there; };
    for (auto id = is_excused(symbol) ? published.last : 1; id <= published.last; ++id) {
      if (is_there(id) || published.absent.contains(id)) continue;
      throw OracleFailure{"complete",
                          fmt::format("{} {} of 1..{} is not in partition {}", symbol, id,
                                      published.last, sink::partition_of(symbol, partitions_))};
    }
  }
}

void Oracles::check_claims() const {
  for (Claim const& claim : claims_) {
    if (is_excused(claim.symbol)) continue;
    if (published_.at(claim.symbol).absent.contains(claim.id)) continue;
    auto const& seen = tapes_.find(claim.symbol)->second.seen;
    bool const is_there = claim.id < seen.size() && seen[claim.id].is_there;
    if (is_there && is_partly_committed(claim.symbol)) continue;
    if (is_there && seen[claim.id].appended <= claim.visible) continue;
    throw OracleFailure{
        "positions",
        fmt::format("a position of {} claims {} at {} ms, which is not in the topic by then",
                    claim.symbol, claim.id,
                    std::chrono::floor<milliseconds>(claim.visible.time_since_epoch()).count())};
  }
}

/// Each id that came LATE was declared open once and repaired once, the latter in the transaction
/// that brought it; each that the exchange lacks was open once and then its own; of no other id
/// anything was declared.
void Oracles::check_gaps() const {
  auto history = histories_;
  for (auto const& [symbol, tape] : tapes_) {
    if (is_excused(symbol)) continue;
    for (std::uint64_t id = 0; id < tape.seen.size(); ++id) {
      if (!tape.seen[id].late) continue;
      check_gap(symbol, id, &tape.seen[id], history[{symbol, id}]);
      history.erase({symbol, id});
    }
    for (auto const id : published_.at(symbol).absent) {
      check_gap(symbol, id, nullptr, history[{symbol, id}]);
      history.erase({symbol, id});
    }
  }
  for (auto const& [gap, one] : history) {
    if (is_excused(gap.first) || is_partly_committed(gap.first)) continue;
    throw OracleFailure{
        "gaps", fmt::format("{} {} was declared missing and came in time", gap.first, gap.second)};
  }
}

void Oracles::check_gap(std::string const& symbol, std::uint64_t id, Seen const* trade,
                        GapHistory const& history) const {
  std::vector<std::uint64_t> repaired;
  if (trade != nullptr) repaired.push_back(trade->transaction);
  int const venue = trade == nullptr ? 1 : 0;
  if (is_partly_committed(symbol) && history.newest == (trade ? "repaired" : "venue")) return;
  if (history.opened == 1 && history.venue == venue && history.repaired == repaired) return;
  throw OracleFailure{
      "gaps", fmt::format("{} {} {}, was declared open {} times, repaired {} times{} and lacking "
                          "at the exchange {} times",
                          symbol, id, trade != nullptr ? "came LATE" : "is lacking there",
                          history.opened, history.repaired.size(),
                          history.repaired.size() == repaired.size() && history.repaired != repaired
                              ? " in another transaction"
                              : "",
                          history.venue)};
}

}  // namespace k2::simulation::kafka
