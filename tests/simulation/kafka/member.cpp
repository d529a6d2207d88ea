#include "tests/simulation/kafka/member.hpp"

#include <fmt/format.h>

#include <utility>

namespace k2::simulation::kafka {

Member::Member(std::string instance, std::uint64_t& life, int process, Network& network,
               Cluster& cluster, Rng rng)
    : instance_(std::move(instance)),
      life_(life),
      network_(network),
      client_(process, network, cluster, rng) {}

void Member::tick(bool muted) {
  if (muted || over_) return;
  if (!joined_) {
    if (!joining_) join();
  } else if (!waiting_ && network_.now() >= heartbeat_at_) {
    send_heartbeat();
  }
  client_.tick();
}

void Member::join() {
  joining_ = true;
  member_ = fmt::format("{}-{}", instance_, ++life_);
  generation_ = requests_ = events_seen_ = 0;
  released_.clear();
  client_.call(Client::leader_of(kGroupPlace),
               {.api = Api::kJoinGroup, .member = member_, .instance = instance_},
               [this](Response const& response) {
                 // A member that the coordinator refuses joins again under another name.
                 joining_ = false;
                 joined_ = response.error == ErrorCode::kNone;
                 over_ = response.error == ErrorCode::kFencedInstanceId;
                 heartbeat_at_ = network_.now();
               });
}

void Member::send_heartbeat() {
  waiting_ = true;
  heartbeat_at_ = network_.now() + kHeartbeatInterval;
  client_.call(Client::leader_of(kGroupPlace),
               {.api = Api::kHeartbeat,
                .member = member_,
                .instance = instance_,
                .generation = generation_,
                .number = ++requests_,
                .events_seen = events_seen_,
                .partitions = std::exchange(released_, {})},
               [this](Response const& response) {
                 waiting_ = false;
                 over_ = response.error == ErrorCode::kFencedInstanceId;
                 if (response.error != ErrorCode::kNone) return expelled();
                 generation_ = response.generation;
                 for (GroupEvent const& event : response.events) {
                   if (event.number <= events_seen_) continue;
                   events_seen_ = event.number;
                   changes_.push_back(event.change);
                 }
               });
}

/// The client receives that the group has fenced it; it rejoins once that has been polled.
void Member::expelled() {
  changes_.clear();
  changes_.push_back({sink::GroupChange::Kind::kLost, {}});
  generation_ = 0;
  waiting_ = true;
}

Result<void> Member::poll(std::vector<sink::GroupChange>& out) {
  for (auto& change : std::exchange(changes_, {})) {
    if (change.kind == sink::GroupChange::Kind::kRevoked) {
      released_.insert(released_.end(), change.partitions.begin(), change.partitions.end());
      heartbeat_at_ = network_.now();
    }
    if (change.kind == sink::GroupChange::Kind::kLost) joined_ = waiting_ = false;
    out.push_back(std::move(change));
  }
  if (over_) return Error{Errc::kKafkaFenced, "the group: FENCED_INSTANCE_ID"};
  return {};
}

void Member::leave() {
  client_.forget_all();
  client_.call(Client::leader_of(kGroupPlace), {.api = Api::kLeaveGroup, .member = member_},
               [](Response const&) {});
  client_.tick();
}

}  // namespace k2::simulation::kafka
