#include "tests/simulation/kafka/group_coordinator.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation::kafka {

using std::chrono::milliseconds;

void GroupCoordinator::tick(MonoTime now, bool serving) {
  now_ = now;
  if (!serving) return;
  auto const expelled = std::erase_if(
      members_, [&](auto const& one) { return now - one.second.heard >= kSessionTimeout; });
  if (expelled > 0) rebalance_ = true;
  if (std::exchange(rebalance_, false)) share_partitions();
}

Response GroupCoordinator::handle(Request const& request) {
  switch (request.api) {
    case Api::kJoinGroup:
      return join(request);
    case Api::kLeaveGroup:
      if (members_.erase(request.member) > 0) rebalance_ = true;
      fenced_.insert(request.member);
      return {};
    default:
      return heartbeat(request);
  }
}

ErrorCode GroupCoordinator::check_member(std::string const& member,
                                         std::uint64_t generation) const {
  if (!members_.contains(member)) return ErrorCode::kUnknownMemberId;
  return generation == generation_ ? ErrorCode::kNone : ErrorCode::kIllegalGeneration;
}

void GroupCoordinator::restart_sessions() {
  for (auto& [name, member] : members_) member.heard = now_;
}

void GroupCoordinator::set_partitions(std::int32_t partitions) {
  partitions_ = partitions;
  rebalance_ = true;
}

void GroupCoordinator::add_event(Member& member, sink::GroupChange::Kind kind,
                                 std::vector<std::int32_t> partitions) {
  member.events.push_back({++member.last_event, {kind, std::move(partitions)}});
}

/// A member that joins again under its instance's name has what the instance had.
Response GroupCoordinator::join(Request const& request) {
  if (fenced_.contains(request.member)) return {.error = ErrorCode::kUnknownMemberId};
  if (members_.contains(request.member)) return {};
  auto const former = std::ranges::find_if(
      members_, [&](auto const& one) { return one.second.instance == request.instance; });
  Member joined;
  joined.instance = request.instance;
  joined.heard = now_;
  joined.learns_at = now_ + milliseconds{rng_.below(500)};
  if (former != members_.end()) {
    // The new life has nothing to release.
    joined.owned = std::move(former->second.owned);
    for (auto const partition : former->second.revoked) joined.owned.erase(partition);
    rebalance_ = rebalance_ || !former->second.revoked.empty();
    add_event(joined, sink::GroupChange::Kind::kAssigned,
              {joined.owned.begin(), joined.owned.end()});
    fenced_.insert(former->first);
    members_.erase(former);
  } else {
    rebalance_ = true;
  }
  members_.insert_or_assign(request.member, std::move(joined));
  return {};
}

Response GroupCoordinator::heartbeat(Request const& request) {
  auto const found = members_.find(request.member);
  if (found == members_.end()) return {.error = ErrorCode::kUnknownMemberId};
  Member& member = found->second;
  member.heard = now_;
  if (request.number <= member.last_request) return {.generation = request.generation};
  member.last_request = request.number;
  for (auto const partition : request.partitions) {
    if (member.revoked.erase(partition) == 0) continue;
    member.owned.erase(partition);
    rebalance_ = true;
  }
  std::erase_if(member.events,
                [&](GroupEvent const& event) { return event.number <= request.events_seen; });
  if (now_ < member.learns_at || member.events.empty()) {
    return {.generation = request.generation};
  }
  return {.generation = generation_, .events = member.events};
}

/// Begins a new generation, of which each member learns in its own time. A partition that is to
/// move is first revoked from its owner, and assigned again once that has released it.
void GroupCoordinator::share_partitions() {
  ++generation_;
  if (members_.empty()) return;
  std::set<std::int32_t> unowned;
  for (std::int32_t partition = 0; partition < partitions_; ++partition) unowned.insert(partition);
  for (auto const& [name, member] : members_) {
    for (auto const partition : member.owned) unowned.erase(partition);
  }
  auto const count = members_.size();
  auto const fair = (static_cast<std::size_t>(partitions_) + count - 1) / count;
  for (auto& [name, member] : members_) {
    std::vector<std::int32_t> revoked;
    auto kept = member.owned;
    for (auto const partition : member.revoked) kept.erase(partition);
    while (kept.size() > fair) {
      auto one = kept.begin();
      std::advance(one, static_cast<std::ptrdiff_t>(rng_.below(kept.size())));
      revoked.push_back(*one);
      member.revoked.insert(*one);
      kept.erase(one);
    }
    std::vector<std::int32_t> assigned;
    while (revoked.empty() && member.owned.size() < fair && !unowned.empty()) {
      assigned.push_back(*unowned.begin());
      member.owned.insert(*unowned.begin());
      unowned.erase(unowned.begin());
    }
    if (revoked.empty()) {
      add_event(member, sink::GroupChange::Kind::kAssigned, std::move(assigned));
    } else {
      add_event(member, sink::GroupChange::Kind::kRevoked, std::move(revoked));
    }
    member.learns_at = now_ + milliseconds{rng_.below(1'000)};
  }
}

}  // namespace k2::simulation::kafka
