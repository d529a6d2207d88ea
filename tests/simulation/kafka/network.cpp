#include "tests/simulation/kafka/network.hpp"

#include <algorithm>

namespace k2::simulation::kafka {

void Network::push(Event event) {
  events_.push_back(std::move(event));
  std::ranges::push_heap(events_, &is_later);
}

void Network::run_until(MonoTime now) {
  while (!events_.empty() && events_.front().when <= now) {
    std::ranges::pop_heap(events_, &is_later);
    Event event = std::move(events_.back());
    events_.pop_back();
    now_ = std::max(now_, event.when);
    perform(std::move(event));
  }
  now_ = now;
}

void Network::later(milliseconds delay, Action action) {
  push({now_ + delay, ++order_, 0, 0, std::move(action)});
}

void Network::perform(Event event) {
  if (event.connection == 0) return event.action();
  auto const found = connections_.find(event.connection);
  if (found == connections_.end()) return;
  State& connection = found->second;
  bool const is_request = event.request > 0;
  bool const is_lost = connection.dead ||
                       (!connection.open && (!is_request || event.request >= connection.lost_from));
  if (is_lost) {
    if (!connection.open && event.request == connection.sent) connections_.erase(found);
    return;
  }
  MonoTime until = std::max(blocked_until(connection.client, connection.broker),
                            frozen_until_[index(connection.broker)]);
  if (!connection.open) until = std::max(until, connection.held_until);
  if (now_ < until) {
    // The place in the order stays, so what came later on the connection stays behind it.
    event.when = until;
    return push(std::move(event));
  }
  if (is_request) connection.arrived = event.request;
  event.action();
}

MonoTime Network::arrival(MonoTime after) {
  auto delay = std::chrono::microseconds{rng_.below(2'000)};
  if (rng_.chance(0.02)) delay += milliseconds{rng_.below(60)};
  if (extra_delay_ > milliseconds{0}) {
    delay += milliseconds{rng_.below(static_cast<std::uint64_t>(extra_delay_.count()))};
  }
  return std::max(after, now_ + delay);
}

Network::Connection Network::connect(int client, int broker) {
  if (!can_reach(client, broker)) return 0;
  State state;
  state.client = client;
  state.broker = broker;
  connections_.emplace(++last_connection_, state);
  return last_connection_;
}

bool Network::is_open(Connection connection) const {
  auto const found = connections_.find(connection);
  return found != connections_.end() && found->second.open;
}

void Network::send(Connection connection, Action at_broker) {
  auto const found = connections_.find(connection);
  if (found == connections_.end() || !found->second.open) return;
  State& state = found->second;
  state.last_request = arrival(state.last_request);
  push({state.last_request, ++order_, connection, ++state.sent, std::move(at_broker)});
}

void Network::answer(Connection connection, Action at_client) {
  auto const found = connections_.find(connection);
  if (found == connections_.end() || !found->second.open) return;
  State& state = found->second;
  state.last_answer = arrival(state.last_answer);
  push({state.last_answer, ++order_, connection, 0, std::move(at_client)});
}

void Network::close(Connection connection) {
  auto const found = connections_.find(connection);
  if (found == connections_.end() || !found->second.open) return;
  State& state = found->second;
  state.open = false;
  if (state.sent == state.arrived) {
    connections_.erase(found);
    return;
  }
  state.lost_from = late_requests_ ? state.sent + 1 : state.arrived + 1;
  if (late_requests_ && rng_.chance(0.5)) {
    state.lost_from = state.arrived + 1 + rng_.below(state.sent - state.arrived + 1);
  }
  state.held_until = now_ + lateness();
}

/// A repetition over a new connection takes a tenth of a second, and the next transaction follows.
milliseconds Network::lateness() {
  auto const scale = rng_.below(20);
  std::uint64_t const most = scale < 4    ? 20
                             : scale < 13 ? 300
                             : scale < 16 ? 1'500
                                          : static_cast<std::uint64_t>(kLatestCopy.count());
  return milliseconds{rng_.below(most)};
}

void Network::note_commit_request(Connection connection) {
  auto const found = connections_.find(connection);
  if (found == connections_.end() || breaks_after_commit_.erase(found->second.client) == 0) return;
  close(connection);
  // The connection is forgotten when nothing is on its way; this request is.
  State& broken = connections_.at(connection);
  if (late_requests_) broken.lost_from = broken.sent + 1;
  broken.held_until = now_ + milliseconds{50 + rng_.below(350)};
}

void Network::break_connections(int client, int broker) {
  std::vector<Connection> broken;
  for (auto const& [number, state] : connections_) {
    bool const meant =
        (client == kAll || state.client == client) && (broker == kAll || state.broker == broker);
    if (meant && state.open) broken.push_back(number);
  }
  // The order of a hash table is no part of a world.
  std::ranges::sort(broken);
  for (Connection const number : broken) close(number);
}

MonoTime Network::blocked_until(int client, int broker) const {
  MonoTime until{};
  for (auto const pair :
       {std::pair{client, broker}, std::pair{kAll, broker}, std::pair{client, kAll}}) {
    auto const found = partitioned_.find(pair);
    if (found != partitioned_.end()) until = std::max(until, found->second);
  }
  return until;
}

void Network::partition(int client, int broker, MonoTime until) {
  partitioned_[{client, broker}] = until;
}

void Network::set_down(int broker, bool down) {
  down_[index(broker)] = down;
  if (!down) return;
  for (auto& [number, state] : connections_) {
    if (state.broker != broker) continue;
    state.open = false;
    state.dead = true;
  }
}

void Network::heal() {
  partitioned_.clear();
  extra_delay_ = milliseconds{0};
  breaks_after_commit_.clear();
  frozen_until_.fill(now_);
}

}  // namespace k2::simulation::kafka
