#include "tests/simulation/kafka/world.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace k2::simulation::kafka {
namespace {

using std::chrono::seconds;

constexpr std::int32_t kPartitions = 6;
constexpr milliseconds kStep{5};
constexpr seconds kChaos{60};
/// Sessions, transactions and repairs have come to their end by then.
constexpr seconds kTradeOn{15};
/// Ids that are lost again after they were requested are requested again within
/// sink::LostIds::kWaitFirst.
constexpr seconds kRest{900};

}  // namespace

KafkaWorld::Plan KafkaWorld::draw_plan(Rng& rng, Behaviours behaviours) {
  Plan plan;
  plan.transactions = rng.chance(0.85);
  plan.unclean = rng.chance(0.04) && behaviours.has(Behaviour::kUncleanElections);
  plan.verify_transactions = rng.chance(0.7);
  // Calm worlds show what a rare fault does to a delivery in full flow.
  plan.faults = rng.chance(0.3) ? 0.0015 : 0.004;
  bool const deletes = rng.chance(0.2);
  plan.deleted_at = MonoTime{kStep * (2'000 + rng.below(5'000))};
  int const topic = static_cast<int>(rng.below(kOffsets));
  // A partition that was created again does not know a producer's earlier epochs; only brokers that
  // verify transactions refuse those. Without transactions records may come twice in any case.
  bool const is_defined = plan.transactions && plan.verify_transactions;
  if (deletes && is_defined && behaviours.has(Behaviour::kTopicChanges)) plan.deleted_topic = topic;
  return plan;
}

KafkaWorld::KafkaWorld(std::uint64_t seed, bool verbose, Behaviours behaviours,
                       std::optional<JournalFault> only)
    : log_(clock_, verbose),
      rng_(seed ^ 0x6b61666b61U),
      plan_(draw_plan(rng_, behaviours)),
      only_(only),
      network_(Rng{rng_.next()}),
      cluster_({.partitions = kPartitions,
                .verify_transactions = plan_.verify_transactions,
                .behaviours = behaviours},
               network_, Rng{rng_.next()}),
      oracles_(kPartitions, plan_.transactions, cluster_, published_) {
  network_.set_late_requests(behaviours.has(Behaviour::kLateRequests));
  for (char name = 'A'; name < 'M'; ++name) published_[std::string(3, name)] = {};
  std::size_t const count = 1 + rng_.below(3);
  for (std::size_t at = 0; at < count; ++at) {
    processes_.push_back(std::make_unique<Process>(
        ProcessOptions{.name = fmt::format("p{}", at),
                       .number = static_cast<int>(at),
                       .partitions = kPartitions,
                       .standby = rng_.chance(0.4) ? sink::Standby::kWarm : sink::Standby::kCold,
                       .transactions = plan_.transactions},
        network_, cluster_, published_, transaction_count_, log_, Rng{rng_.next()}));
  }
}

KafkaReport KafkaWorld::run() {
  for (auto& process : processes_) process->start(clock_.now());
  run_until(MonoTime{kChaos}, true, true);
  heal();
  run_until(MonoTime{kChaos + kTradeOn}, false, true);
  auto const end = MonoTime{kChaos + kTradeOn + kRest};
  while (clock_.mono < end && !oracles_.is_complete(dead_letters())) {
    run_until(clock_.mono + seconds{1}, false, false);
  }
  // What is on its way arrives, too.
  run_until(clock_.mono + Network::kLatestCopy, false, false);
  oracles_.check_end(dead_letters());
  check_refusal();
  KafkaReport report{.hash = log_.hash(),
                     .counts = oracles_.counts(),
                     .faults = faults_,
                     .errors = cluster_.injected_errors(),
                     .partial_commits = cluster_.forgotten_commits()};
  for (auto const& process : processes_) {
    report.reopened += process->reopened();
    report.rebalances += process->rebalances();
    report.replaced_producers += process->replaced_producers();
  }
  for (LostRecords const& lost : cluster_.lost_records()) {
    report.lost_records += lost.entries.size();
  }
  return report;
}

std::map<std::string, std::uint64_t> KafkaWorld::dead_letters() const {
  std::map<std::string, std::uint64_t> newest;
  for (auto const& process : processes_) newest[process->name()] = process->dead_letters();
  return newest;
}

void KafkaWorld::run_until(MonoTime end, bool chaos, bool trading) {
  auto read_at = clock_.mono;
  while (clock_.mono < end) {
    clock_.mono += kStep;
    if (chaos && plan_.deleted_topic && clock_.mono == plan_.deleted_at) delete_topic();
    if (chaos && rng_.chance(plan_.faults)) strike();
    step(trading);
    if (clock_.mono < read_at) continue;
    read_at = clock_.mono + milliseconds{100};
    oracles_.read();
  }
}

void KafkaWorld::step(bool trading) {
  network_.run_until(clock_.mono);
  if (trading) publish();
  if (clock_.mono < break_until_ && rng_.chance(0.05)) {
    network_.break_connections(random_client(), static_cast<int>(rng_.below(kBrokers)));
  }
  cluster_.tick(clock_.mono);
  for (auto& process : processes_) process->step(clock_.now());
}

void KafkaWorld::publish() {
  for (auto& [symbol, published] : published_) {
    if (!rng_.chance(0.05)) continue;
    if (published.last > 0 && rng_.chance(0.02)) published.absent.insert(++published.last);
    published.last += 1 + rng_.below(3);
  }
}

}  // namespace k2::simulation::kafka
