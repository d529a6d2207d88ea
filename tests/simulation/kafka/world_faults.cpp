// The faults of a world with Kafka.
#include "tests/simulation/kafka/world.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace k2::simulation::kafka {

using std::chrono::seconds;

namespace {

/// A partition with fewer positions loses none of them.
constexpr PartitionLog::Offset kPositionsKept = 100;
/// The time between two looks for a commit that some partitions do not know.
constexpr milliseconds kForgottenLook{5};

}  // namespace

void KafkaWorld::later(milliseconds delay, std::function<void()> action) {
  network_.later(delay, [this, action = std::move(action)] {
    if (!healed_) action();
  });
}

Place KafkaWorld::random_place() {
  int topic = static_cast<int>(rng_.below(kOffsets));
  while (cluster_.partitions(topic) == 0) topic = static_cast<int>(rng_.below(kOffsets));
  auto const partitions = static_cast<std::uint64_t>(cluster_.partitions(topic));
  return {topic, static_cast<std::int32_t>(rng_.below(partitions))};
}

int KafkaWorld::random_client() {
  return rng_.chance(0.3) ? Network::kAll : random_process().number();
}

void KafkaWorld::strike() {
  ++faults_;
  if (rng_.chance(only_ ? 0.4 : 0.1)) return strike_journal(random_process());
  switch (rng_.below(10)) {
    case 0:
    case 1:
    case 2:
      return strike_network();
    case 3:
      return strike_broker();
    case 4:
      return strike_leaders();
    case 5:
      return strike_cluster();
    default:
      return strike_process(random_process());
  }
}

void KafkaWorld::strike_network() {
  if (!has(Behaviour::kNetworkFaults)) return;
  int const client = random_client();
  int const broker = static_cast<int>(rng_.below(kBrokers));
  switch (rng_.below(7)) {
    case 6:
      return break_after_commit_request();
    case 0:
      log_.say(fmt::format("connections of {} to broker {} break", client, broker));
      return network_.break_connections(client, broker);
    case 1:
      return stall_and_break(client, broker);
    case 2:
      if (rng_.chance(0.5)) {
        for (int one = 0; one < kBrokers; ++one) stall_and_break(Network::kAll, one);
        return;
      }
      log_.say("all connections break");
      return network_.break_connections(Network::kAll, Network::kAll);
    case 3:
      return break_often(up_to(5'000));
    case 4: {
      auto const time = up_to(rng_.chance(0.3) ? 10'000 : 1'000);
      log_.say(fmt::format("{} cannot reach broker {} for {} ms", client, broker, time.count()));
      return network_.partition(client, broker, clock_.mono + time);
    }
    default:
      log_.say("the network is slow");
      network_.set_extra_delay(milliseconds{5 + rng_.below(rng_.chance(0.3) ? 1'000 : 100)});
      return later(up_to(5'000), [this] { network_.set_extra_delay(milliseconds{0}); });
  }
}

/// Requests pile up on connections that then break: an EndTxn request is among them far more often
/// than among those that are on their way at a random moment. The network is slow for a while
/// afterwards, so the copies meet transactions that are open for longer.
void KafkaWorld::stall_and_break(int client, int broker) {
  auto const time = milliseconds{50 + rng_.below(300)};
  log_.say(fmt::format("connections of {} to broker {} stall for {} ms, and break", client, broker,
                       time.count()));
  network_.partition(client, broker, clock_.mono + time + milliseconds{1});
  network_.set_extra_delay(milliseconds{50});
  later(time, [this, client, broker] { network_.break_connections(client, broker); });
  later(time + milliseconds{1'000}, [this] { network_.set_extra_delay(milliseconds{0}); });
}

/// The repetition of the request ends its transaction, and the late copy meets the next one, which
/// is open for longer than usual.
void KafkaWorld::break_after_commit_request() {
  Process const& process = random_process();
  log_.say(fmt::format("a connection of {} breaks after a request to commit", process.name()));
  network_.break_after_commit_request(process.number());
  network_.set_extra_delay(milliseconds{50});
  later(milliseconds{1'000}, [this] { network_.set_extra_delay(milliseconds{0}); });
}

void KafkaWorld::break_often(milliseconds time) {
  log_.say("connections break often");
  break_until_ = clock_.mono + time;
}

void KafkaWorld::strike_broker() {
  if (!has(Behaviour::kBrokerFaults)) return;
  int const broker = static_cast<int>(rng_.below(kBrokers));
  auto const time = up_to(rng_.chance(0.2) ? 15'000 : 3'000);
  switch (rng_.below(4)) {
    case 0:
      log_.say(fmt::format("broker {} is frozen", broker));
      return cluster_.freeze(broker, time);
    case 1:
      log_.say("all brokers die");
      for (int one = 0; one < kBrokers; ++one) cluster_.set_down(one, true);
      return later(time, [this] {
        for (int one = 0; one < kBrokers; ++one) cluster_.set_down(one, false);
      });
    default:
      log_.say(fmt::format("broker {} dies", broker));
      cluster_.set_down(broker, true);
      return later(time, [this, broker] { cluster_.set_down(broker, false); });
  }
}

void KafkaWorld::strike_leaders() {
  auto const time = up_to(rng_.chance(0.2) ? 2'000 : 100);
  auto const kind = rng_.below(5);
  if (kind < 2) return strike_coordinators(time);
  if (!has(kind == 3 ? Behaviour::kInSyncShrinks : Behaviour::kLeaderMoves)) return;
  switch (kind) {
    case 2:
      log_.say("every leader moves");
      for (int topic = 0; topic < kOffsets; ++topic) {
        for (std::int32_t at = 0; at < cluster_.partitions(topic); ++at) {
          cluster_.move_leader({topic, at}, time);
        }
      }
      return;
    case 3: {
      Place const place = random_place();
      log_.say(fmt::format("in-sync replicas of {}-{} shrink", place.topic, place.partition));
      return cluster_.shrink_in_sync(place, up_to(6'000));
    }
    default: {
      Place const place = random_place();
      log_.say(fmt::format("the leader of {}-{} moves", place.topic, place.partition));
      return cluster_.move_leader(place, time);
    }
  }
}

void KafkaWorld::strike_coordinators(milliseconds time) {
  if (!has(Behaviour::kCoordinatorMoves)) return;
  if (rng_.chance(0.5)) {
    log_.say("the group's coordinator moves");
    return cluster_.move_group_coordinator(time);
  }
  log_.say("coordinators of transactions move");
  for (std::size_t slot = 0; slot < TransactionCoordinator::kSlots; ++slot) {
    cluster_.move_transaction_coordinator(slot, time);
  }
}

void KafkaWorld::strike_cluster() {
  switch (rng_.below(plan_.unclean ? 5 : 4)) {
    case 0:
      if (!has(Behaviour::kRebalances)) return;
      log_.say("the group rebalances");
      return cluster_.rebalance();
    case 1:
      if (has(Behaviour::kForgottenMarkers)) forget_markers();
      return;
    case 2:
      log_.say("brokers answer with errors");
      cluster_.set_errors(0.1);
      return later(up_to(3'000), [this] { cluster_.set_errors(0); });
    case 3:
      return add_partition();
    default:
      return lose_acknowledged();
  }
}

void KafkaWorld::add_partition() {
  Place const place = random_place();
  auto const partitions = cluster_.partitions(place.topic) + 1;
  if (partitions > kPartitionsMax || !has(Behaviour::kAddedPartitions)) return;
  log_.say(fmt::format("topic {} gets another partition", place.topic));
  cluster_.add_partitions(place.topic, partitions);
}

/// No partition has a leader for a moment, in which brokers may restart: connections to them break.
/// The group may rebalance meanwhile, so that transactions are aborted in that moment, or after one
/// whose markers were forgotten.
void KafkaWorld::forget_markers() {
  // A topic that is deleted meanwhile takes with it what the other partitions know.
  bool const may_be_partial = has(Behaviour::kPartialMarkers) && !plan_.deleted_topic;
  if (may_be_partial && rng_.chance(0.6)) return forget_some_markers();
  bool const breaks = rng_.chance(0.6);
  auto const break_all = [this, breaks] {
    if (breaks) network_.break_connections(Network::kAll, Network::kAll);
  };
  log_.say("markers of transactions are forgotten");
  cluster_.set_forgotten(Forgotten::kEverything);
  break_all();
  auto const time = milliseconds{100} + up_to(400);
  later(time, [this, break_all] {
    cluster_.set_forgotten(Forgotten::kNone);
    break_all();
  });
  if (!has(Behaviour::kRebalances) || rng_.chance(0.3)) return;
  later(up_to(static_cast<std::uint64_t>(time.count())), [this] { cluster_.rebalance(); });
}

/// Brokers die while a commit is on its way to the partitions.
void KafkaWorld::forget_some_markers() {
  bool const of_trades = rng_.chance(0.6);
  log_.say(
      fmt::format("the next markers of some {} are forgotten", of_trades ? "trades" : "positions"));
  cluster_.set_forgotten(of_trades ? Forgotten::kSomeTrades : Forgotten::kSomePositions);
  await_forgotten(cluster_.forgotten_commits(), clock_.mono + seconds{2});
}

void KafkaWorld::await_forgotten(std::uint64_t before, MonoTime until) {
  if (cluster_.forgotten_commits() == before && clock_.mono < until) {
    return later(kForgottenLook, [this, before, until] { await_forgotten(before, until); });
  }
  cluster_.set_forgotten(Forgotten::kNone);
  network_.break_connections(Network::kAll, Network::kAll);
}

/// Without any position, a partition that holds trades would be refused.
void KafkaWorld::lose_acknowledged() {
  Place const place = random_place();
  if (place.topic == kPositions && cluster_.log(place).high_watermark() < kPositionsKept) return;
  log_.say(fmt::format("an unclean election in {}-{}", place.topic, place.partition));
  cluster_.elect_unclean(place, 1 + rng_.below(20));
}

void KafkaWorld::strike_process(Process& process) {
  if (!process.is_running() || !has(Behaviour::kProcessFaults)) return;
  auto const again = [this, &process] {
    later(up_to(rng_.chance(0.5) ? 15'000 : 1'000), [this, &process] {
      if (!process.is_running()) process.start(clock_.now());
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
      process.freeze_until(clock_.mono + up_to(16'000));
      return log_.say(fmt::format("{} is frozen", process.name()));
    case 4:
      process.stop(clock_.now());
      return later(seconds{6}, again);
    case 5:
      process.mute_until(clock_.mono + up_to(16'000));
      return log_.say(fmt::format("the group receives nothing of {}", process.name()));
    default:
      process.set_rest(false);
      return later(up_to(4'000), [&process] { process.set_rest(true); });
  }
}

void KafkaWorld::heal() {
  healed_ = true;
  break_until_ = clock_.mono;
  cluster_.heal();
  if (plan_.deleted_topic) create_topic_again();
  for (auto& process : processes_) {
    process->set_rest(true);
    process->freeze_until(clock_.mono);
    process->mute_until(clock_.mono);
    if (process->is_stopping()) process->kill(0);
    if (!process->is_running()) process->start(clock_.now());
  }
  log_.say("everything heals");
}

}  // namespace k2::simulation::kafka
