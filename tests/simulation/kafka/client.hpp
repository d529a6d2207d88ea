// The part that all simulated Kafka clients share, after librdkafka 2.0.2: one connection per
// broker, requests that are repeated over a new connection after a break and after an error that
// calls for it, and metadata that is refreshed when it proves wrong. A repeated request is a second
// copy: the first may still arrive.
#pragma once

#include "core/rng.hpp"
#include "tests/simulation/kafka/cluster.hpp"
#include "tests/simulation/kafka/network.hpp"
#include "tests/simulation/kafka/protocol.hpp"
#include "tests/simulation/kafka/severity.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <list>
#include <optional>

namespace k2::simulation::kafka {

class Client {
 public:
  using Done = std::function<void(Response const&)>;
  /// The broker that a request goes to.
  struct Target {
    enum class Kind : std::uint8_t { kLeader, kTransactionCoordinator, kAny };
    Kind kind = Kind::kAny;
    Place place{};
    std::size_t slot = 0;
  };
  [[nodiscard]] static Target leader_of(Place place) { return {Target::Kind::kLeader, place, 0}; }
  [[nodiscard]] static Target coordinator_of(std::string const& transactional_id);

  /// `process` is the place of this client in the network.
  Client(int process, Network& network, Cluster& cluster, Rng rng);
  /// Closes every connection. Requests that were sent may still arrive.
  ~Client();
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;

  /// Sends a request, and again until its answer is final, or `until` for an answer that is not.
  /// `done` is not called after forget_all().
  void call(Target target, Request request, Done done, std::optional<MonoTime> until = {});
  /// Closes the connection that carries records for this partition.
  void disconnect(Place place);
  /// Sends what is due. Nothing is sent anywhere else.
  void tick();
  /// Waits for no answer any more.
  void forget_all() { calls_.clear(); }
  [[nodiscard]] bool is_waiting() const noexcept { return !calls_.empty(); }

  /// Counts connections that closed after they had carried a request.
  [[nodiscard]] std::uint64_t closed_connections() const noexcept { return closed_; }
  /// True while an established connection leads to some broker.
  [[nodiscard]] bool is_connected() const;
  [[nodiscard]] ClusterView const& view() const noexcept { return view_; }

 private:
  struct Call {
    std::uint64_t number = 0;
    Target target;
    Request request;
    Done done;
    MonoTime due{};
    std::optional<MonoTime> until{};
    /// The connection that carries the request now; 0 while none does.
    Network::Connection connection = 0;
    std::uint64_t attempt = 0;
  };
  struct Link {
    Network::Connection connection = 0;
    bool used = false;
    MonoTime retry_at{};
    milliseconds backoff{100};
  };

  [[nodiscard]] int broker_of(Target const& target);
  [[nodiscard]] Network::Connection connection_to(int broker);
  void notice_breaks();
  void give_up_calls();
  void send(Call& call);
  void take(std::uint64_t number, std::uint64_t attempt, Response const& response);
  void want_metadata();
  void refresh_metadata();

  int process_;
  Network& network_;
  Cluster& cluster_;
  Rng rng_;
  std::array<Link, kBrokers> links_;
  std::list<Call> calls_;
  std::uint64_t last_call_ = 0;
  std::uint64_t closed_ = 0;
  ClusterView view_;
  std::optional<MonoTime> refresh_at_;
};

}  // namespace k2::simulation::kafka
