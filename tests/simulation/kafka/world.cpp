#include "tests/simulation/kafka/world.hpp"

#include "sink/partition.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace k2::simulation::kafka {
namespace {

using std::chrono::seconds;

constexpr std::int32_t kPartitions = 6;
constexpr milliseconds kStep{5};
constexpr seconds kChaos{60};
/// Sessions, transactions and repairs have come to their end by then.
constexpr seconds kTradeOn{15};
constexpr seconds kRest{120};

}  // namespace

KafkaWorld::KafkaWorld(std::uint64_t seed, bool verbose)
    : log_(clock_, verbose), rng_(seed ^ 0x6b61666b61U), broker_(kPartitions, Rng{rng_.next()}) {
  for (char name = 'A'; name < 'M'; ++name) published_[std::string(3, name)] = 0;
  std::size_t const count = 1 + rng_.below(3);
  processes_.reserve(count);
  for (std::size_t at = 0; at < count; ++at) {
    processes_.emplace_back(fmt::format("p{}", at), kPartitions,
                            rng_.chance(0.4) ? sink::Standby::kWarm : sink::Standby::kCold, broker_,
                            published_, log_, Rng{rng_.next()});
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
    for (auto& [symbol, last] : published_) {
      if (rng_.chance(0.05)) last += 1 + rng_.below(3);
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
  switch (rng_.below(8)) {
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
  switch (rng_.below(6)) {
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
    default:
      process.set_rest(false);
      later(milliseconds{rng_.below(4'000)}, [&process] { process.set_rest(true); });
  }
}

void KafkaWorld::heal() {
  later_.clear();
  broker_.set_away(false);
  broker_.set_losses(0);
  for (KafkaProcess& process : processes_) {
    process.set_rest(true);
    process.freeze_until(clock_.mono);
    process.stop(false);
    if (!process.is_running()) process.start(clock_.mono);
  }
  log_.say("all is well");
}

bool KafkaWorld::is_complete() const {
  std::uint64_t wanted = 0;
  for (auto const& [symbol, last] : published_) wanted += last;
  std::uint64_t found = 0;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    found += broker_.committed(kTrades, partition, broker_.last_stable(kTrades, partition)).size();
  }
  return found >= wanted;
}

void KafkaWorld::check(KafkaReport& report) const {
  std::map<std::string, std::set<std::uint64_t>> seen;
  for (std::int32_t partition = 0; partition < kPartitions; ++partition) {
    check_partition(partition, report, seen);
  }
  for (auto const& [symbol, last] : published_) {
    for (std::uint64_t id = 1; id <= last; ++id) {
      if (seen[symbol].contains(id)) continue;
      throw OracleFailure{
          "complete",
          fmt::format("{} {} of 1..{} is not in partition {}; {} trades are missing", symbol, id,
                      last, sink::partition_of(symbol, kPartitions), last - seen[symbol].size())};
    }
  }
}

void KafkaWorld::check_partition(std::int32_t partition, KafkaReport& report,
                                 std::map<std::string, std::set<std::uint64_t>>& seen) const {
  for (Entry const* const entry :
       broker_.committed(kTrades, partition, broker_.last_stable(kTrades, partition))) {
    std::uint64_t id = 0;
    std::from_chars(entry->value.data(), entry->value.data() + entry->value.size(), id);
    bool const late = entry->value.ends_with("LATE");
    auto& ids = seen[entry->key];
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

}  // namespace k2::simulation::kafka
