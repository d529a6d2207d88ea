// A model of librdkafka's consumer as K2 uses it: a member of the group that is named by its
// instance, whose heartbeats continue in the background, and whose assignment changes when it is
// polled.
#pragma once

#include "core/result.hpp"
#include "tests/simulation/kafka/client.hpp"
#include "tests/simulation/kafka/producer.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

class Member {
 public:
  /// `life` makes the names of members unique.
  Member(std::string instance, std::uint64_t& life, int process, Network& network, Cluster& cluster,
         Rng rng);

  /// Time has passed: heartbeats are sent. `muted` holds them back.
  void tick(bool muted);
  [[nodiscard]] Result<void> poll(std::vector<sink::GroupChange>& out);
  [[nodiscard]] bool is_over() const noexcept { return over_; }
  [[nodiscard]] MemberIdentity identity() const { return {member_, generation_}; }
  /// Leaves the group. The request may be lost; then the session ends in its own time.
  void leave();
  [[nodiscard]] Client const& client() const noexcept { return client_; }

 private:
  /// Units: the time between two heartbeats. Chosen: a third of the product's, worlds are short.
  static constexpr milliseconds kHeartbeatInterval{300};

  void join();
  void send_heartbeat();
  void expelled();

  std::string instance_;
  std::uint64_t& life_;
  Network& network_;
  Client client_;
  std::string member_;
  bool joined_ = false;
  bool joining_ = false;
  bool waiting_ = false;
  bool over_ = false;
  std::uint64_t generation_ = 0;
  std::uint64_t requests_ = 0;
  std::uint64_t events_seen_ = 0;
  MonoTime heartbeat_at_{};
  std::vector<sink::GroupChange> changes_;
  std::vector<std::int32_t> released_;
};

}  // namespace k2::simulation::kafka
