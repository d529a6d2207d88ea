#include "tests/simulation/kafka/world.hpp"

#include "sink/partition.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <charconv>
#include <sstream>
#include <utility>

namespace k2::simulation::kafka {
namespace {

using std::chrono::seconds;

constexpr std::int32_t kPartitions = 6;
constexpr milliseconds kStep{5};
constexpr seconds kChaos{60};
/// Sessions, transactions and repairs have come to their end by then.
constexpr seconds kTradeOn{15};
constexpr seconds kRest{300};

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

/// A trade's id, or a letter's number.
std::uint64_t number_of(Entry const& entry) {
  std::uint64_t number = 0;
  std::from_chars(entry.value.data(), entry.value.data() + entry.value.size(), number);
  return number;
}

}  // namespace

KafkaWorld::KafkaWorld(std::uint64_t seed, bool verbose)
    : log_(clock_, verbose), rng_(seed ^ 0x6b61666b61U), broker_(kPartitions, Rng{rng_.next()}) {
  transactions_ = rng_.chance(0.8);
  for (char name = 'A'; name < 'M'; ++name) published_[std::string(3, name)] = {};
  std::size_t const count = 1 + rng_.below(3);
  processes_.reserve(count);
  for (std::size_t at = 0; at < count; ++at) {
    processes_.emplace_back(fmt::format("p{}", at),
                            KafkaProcessOptions{.partitions = kPartitions,
                                                .standby = rng_.chance(0.4) ? sink::Standby::kWarm
                                                                            : sink::Standby::kCold,
                                                .transactions = transactions_},
                            broker_, published_, log_, Rng{rng_.next()});
  }
}

KafkaReport KafkaWorld::run() {
  for (KafkaProcess& process : processes_) process.start(clock_.mono);
  run_until(MonoTime{kChaos}, true, true);
  heal();
  run_until(MonoTime{kChaos + kTradeOn}, false, true);
  auto const end = MonoTime{kChaos + kTradeOn + kRest};
  while (clock_.mono < end && !is_complete()) {
    run_until(clock_.mono + seconds{1}, false, false);
  }
  // What is on its way shows itself as well.
  run_until(clock_.mono + seconds{5}, false, false);
  KafkaReport report;
  check(report);
  for (KafkaProcess const& process : processes_) {
    report.rebalances += process.delivery().counts().rebalances;
  }
  report.faults = faults_;
  report.hash = log_.hash();
  return report;
}

void KafkaWorld::run_until(MonoTime end, bool chaos, bool trading) {
  while (clock_.mono < end) {
    clock_.mono += kStep;
    if (chaos && rng_.chance(0.0025)) strike();
    step(trading);
  }
}

void KafkaWorld::step(bool trading) {
  for (std::size_t at = 0; at < later_.size();) {
    if (later_[at].when > clock_.mono) {
      ++at;
      continue;
    }
    auto const what = std::move(later_[at].what);
    later_.erase(later_.begin() + static_cast<std::ptrdiff_t>(at));
    what();
  }
  if (trading) {
    for (auto& [symbol, published] : published_) {
      if (!rng_.chance(0.05)) continue;
      if (published.last > 0 && rng_.chance(0.02)) published.absent.insert(++published.last);
      published.last += 1 + rng_.below(3);
    }
  }
  broker_.tick(clock_.mono);
  for (KafkaProcess& process : processes_) process.step(clock_.mono);
}

void KafkaWorld::later(milliseconds delay, std::function<void()> what) {
  later_.push_back({clock_.mono + delay, std::move(what)});
}

void KafkaWorld::strike() {
  ++faults_;
  switch (rng_.below(9)) {
    case 0:
      broker_.set_away(true);
      log_.say("the broker is away");
      later(milliseconds{rng_.below(rng_.chance(0.2) ? 15'000 : 3'000)},
            [this] { broker_.set_away(false); });
      break;
    case 1:
      broker_.set_losses(0.3);
      log_.say("answers are lost");
      later(milliseconds{rng_.below(5'000)}, [this] { broker_.set_losses(0); });
      break;
    case 2:
      broker_.rebalance();
      break;
    case 3:
      broker_.set_forgetful(true);
      log_.say("outcomes of transactions are forgotten");
      later(milliseconds{rng_.below(200)}, [this] { broker_.set_forgetful(false); });
      break;
    default:
      strike_process(processes_[rng_.below(processes_.size())]);
  }
}

void KafkaWorld::strike_process(KafkaProcess& process) {
  if (!process.is_running()) return;
  auto const again = [this, &process] {
    later(milliseconds{rng_.below(rng_.chance(0.5) ? 15'000 : 1'000)}, [this, &process] {
      if (!process.is_running()) process.start(clock_.mono);
    });
  };
  switch (rng_.below(7)) {
    case 0:
    case 1:
      process.kill(0);
      return again();
    case 2:
      process.kill(rng_.below(60));
      return again();
    case 3:
      process.freeze_until(clock_.mono + milliseconds{rng_.below(16'000)});
      return log_.say("a process is frozen");
    case 4:
      process.stop();
      later(seconds{2}, [again] { again(); });
      return;
    case 5:
      process.mute_until(clock_.mono + milliseconds{rng_.below(16'000)});
      return log_.say("the group does not hear a process");
    default:
      process.set_rest(false);
      later(milliseconds{rng_.below(4'000)}, [&process] { process.set_rest(true); });
  }
}

void KafkaWorld::heal() {
  later_.clear();
  broker_.set_away(false);
  broker_.set_losses(0);
  broker_.set_forgetful(false);
  for (KafkaProcess& process : processes_) {
    process.set_rest(true);
    process.freeze_until(clock_.mono);
    process.mute_until(clock_.mono);
    process.stop(false);
    if (!process.is_running()) process.start(clock_.mono);
  }
  log_.say("all is well");
}

bool KafkaWorld::is_complete() const {
  std::uint64_t trades = 0;
  std::uint64_t absent = 0;
  for (auto const& [symbol, published] : published_) {
    trades += published.last - published.absent.size();
    absent += published.absent.size();
  }
  std::uint64_t letters = 0;
  for (KafkaProcess const& process : processes_) letters += process.letters();
  if (count(kTrades) < trades || count(kLetters) < letters) return false;
  // Without transactions the changes of gaps are not looked at.
  return !transactions_ || count_absent_told() >= absent;
}

/// What at least once repeats counts once.
std::size_t KafkaWorld::count(int topic) const {
  std::set<std::pair<std::string_view, std::uint64_t>> found;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    auto const end = broker_.last_stable(topic, partition);
    for (Entry const* const entry : broker_.committed(topic, partition, end)) {
      found.emplace(entry->key, number_of(*entry));
    }
  }
  return found.size();
}

void KafkaWorld::check(KafkaReport& report) const {
  std::map<std::string, std::set<std::uint64_t>> seen;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    check_partition(partition, report, seen);
    if (transactions_) check_gaps(partition, report);
  }
  check_letters(report);
  for (auto const& [symbol, published] : published_) {
    for (std::uint64_t id = 1; id <= published.last; ++id) {
      if (seen[symbol].contains(id) || published.absent.contains(id)) continue;
      throw OracleFailure{
          "complete",
          fmt::format("{} {} of 1..{} is not in partition {}; {} trades are missing", symbol, id,
                      published.last, sink::partition_of(symbol, kPartitions),
                      published.last - published.absent.size() - seen[symbol].size())};
    }
  }
}

void KafkaWorld::check_partition(std::int32_t partition, KafkaReport& report,
                                 std::map<std::string, std::set<std::uint64_t>>& seen) const {
  for (Entry const* const entry :
       broker_.committed(kTrades, partition, broker_.last_stable(kTrades, partition))) {
    if (!published_.contains(entry->key)) {
      throw OracleFailure{"once", fmt::format("{} is no symbol, and is in the topic", entry->key)};
    }
    auto const id = number_of(*entry);
    bool const late = entry->value.ends_with("LATE");
    auto& ids = seen[entry->key];
    if (!transactions_) {
      ids.insert(id);
      ++report.trades;
      continue;
    }
    if (ids.contains(id)) {
      throw OracleFailure{"once", fmt::format("{} {} is in the topic twice", entry->key, id)};
    }
    bool const behind = !ids.empty() && id < *ids.rbegin();
    if (behind != late) {
      throw OracleFailure{"order",
                          fmt::format("{} {} comes behind {}, {}", entry->key, id,
                                      ids.empty() ? 0 : *ids.rbegin(), late ? "LATE" : "not LATE")};
    }
    ids.insert(id);
    ++report.trades;
    report.late += late ? 1 : 0;
  }
}

std::size_t KafkaWorld::count_absent_told() const {
  std::size_t told = 0;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    for (Entry const* const entry :
         broker_.committed(kGaps, partition, broker_.last_stable(kGaps, partition))) {
      GapText const gap{entry->value};
      if (gap.state == "venue") told += gap.last - gap.first + 1;
    }
  }
  return told;
}

/// Each id that came LATE was declared open once and repaired once, the latter in the transaction
/// that brought it; each that the exchange lacks was open once and then its own; of no other id
/// anything was told.
void KafkaWorld::check_gaps(std::int32_t partition, KafkaReport& report) const {
  struct Told {
    int opened = 0;
    int venue = 0;
    std::vector<Transaction const*> repaired;
  };
  std::map<std::pair<std::string, std::uint64_t>, Told> told;
  for (Entry const* const entry :
       broker_.committed(kGaps, partition, broker_.last_stable(kGaps, partition))) {
    ++report.gap_changes;
    GapText const gap{entry->value};
    for (auto id = gap.first; id <= gap.last; ++id) {
      Told& one = told[{entry->key, id}];
      if (gap.state == "open" && one.repaired.empty() && one.venue == 0) {
        ++one.opened;
      } else if (gap.state == "repaired") {
        one.repaired.push_back(entry->transaction.get());
      } else if (gap.state == "venue" && one.opened > 0) {
        ++one.venue;
      } else {
        throw OracleFailure{"gaps", fmt::format("{} {} is {}", entry->key, id, gap.state)};
      }
    }
  }
  for (Entry const* const entry :
       broker_.committed(kTrades, partition, broker_.last_stable(kTrades, partition))) {
    if (!entry->value.ends_with("LATE")) continue;
    auto const id = number_of(*entry);
    auto const found = told.extract({entry->key, id});
    bool const truly =
        !found.empty() && found.mapped().opened == 1 &&
        found.mapped().repaired == std::vector<Transaction const*>{entry->transaction.get()};
    if (truly) continue;
    throw OracleFailure{"gaps",
                        fmt::format("{} {} came LATE, was told open {} times and repaired {} times",
                                    entry->key, id, found.empty() ? 0 : found.mapped().opened,
                                    found.empty() ? 0 : found.mapped().repaired.size())};
  }
  for (auto const& [symbol, published] : published_) {
    if (sink::partition_of(symbol, kPartitions) != partition) continue;
    for (auto const id : published.absent) {
      auto const found = told.extract({symbol, id});
      bool const truly = !found.empty() && found.mapped().opened == 1 &&
                         found.mapped().venue == 1 && found.mapped().repaired.empty();
      if (truly) continue;
      throw OracleFailure{
          "gaps", fmt::format("{} {} is lacking at the exchange, was told open {} times and so {} "
                              "times",
                              symbol, id, found.empty() ? 0 : found.mapped().opened,
                              found.empty() ? 0 : found.mapped().venue)};
    }
  }
  if (told.empty()) return;
  auto const& [symbol, id] = told.begin()->first;
  throw OracleFailure{"gaps",
                      fmt::format("{} {} was told to be missing and came in time", symbol, id)};
}

/// Those of each journal are there once, in order; without transactions, at least once.
void KafkaWorld::check_letters(KafkaReport& report) const {
  for (KafkaProcess const& process : processes_) {
    std::uint64_t expected = 0;
    for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
      for (Entry const* const entry :
           broker_.committed(kLetters, partition, broker_.last_stable(kLetters, partition))) {
        if (entry->key != process.name()) continue;
        auto const number = number_of(*entry);
        if (number == expected + 1) {
          ++expected;
        } else if (transactions_ || number > expected) {
          throw OracleFailure{"letters", fmt::format("{} {} comes where {} is due", entry->key,
                                                     number, expected + 1)};
        }
      }
    }
    report.letters += expected;
    if (expected == process.letters()) continue;
    throw OracleFailure{"letters", fmt::format("{} of {}'s {} are there", expected, process.name(),
                                               process.letters())};
  }
}

}  // namespace k2::simulation::kafka
