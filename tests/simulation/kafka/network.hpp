// A bad network between the clients and the brokers of a simulated cluster, and the queue of
// everything that is due in it. A connection keeps its messages in order, as TCP does; between
// connections nothing is in order. When a connection breaks, the requests on it arrive late or
// never, and every answer on it is lost. One virtual clock; the same seed gives the same order.
#pragma once

#include "core/rng.hpp"
#include "core/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

namespace k2::simulation::kafka {

using std::chrono::milliseconds;

inline constexpr int kBrokers = 3;

class Network {
 public:
  using Action = std::function<void()>;
  /// The number of a connection; 0 is none.
  using Connection = std::uint64_t;
  /// The number of all clients, or of all brokers.
  static constexpr int kAll = -1;

  explicit Network(Rng rng) : rng_(rng) {}

  [[nodiscard]] MonoTime now() const noexcept { return now_; }
  /// Performs everything that is due until then, in the order of time.
  void run_until(MonoTime now);
  /// Performs an action after a delay.
  void later(milliseconds delay, Action action);

  /// Opens a connection; 0 when the broker cannot be reached.
  [[nodiscard]] Connection connect(int client, int broker);
  [[nodiscard]] bool can_reach(int client, int broker) const {
    return !down_[index(broker)] && now_ >= blocked_until(client, broker);
  }
  [[nodiscard]] bool is_open(Connection connection) const;
  /// Sends a request: the action is what the broker does when it arrives.
  void send(Connection connection, Action at_broker);
  /// Sends an answer: the action is what the client does with it. Nothing happens when the
  /// connection is closed by then.
  void answer(Connection connection, Action at_client);
  /// Sets whether requests that are on their way over a connection that breaks arrive later or are
  /// lost.
  void set_late_requests(bool late) noexcept { late_requests_ = late; }
  /// Closes a connection, or breaks it: requests that are on their way arrive up to kLatestCopy
  /// later, or from some request on never.
  void close(Connection connection);

  /// A request to commit a transaction was sent over this connection.
  void note_commit_request(Connection connection);

  // Faults.
  /// The next connection of this client that carries a request to commit breaks right after it. The
  /// request arrives some tenths of a second later.
  void break_after_commit_request(int client) { breaks_after_commit_.insert(client); }
  /// Breaks the connections between these.
  void break_connections(int client, int broker);
  /// Holds all messages between these back until then; no connection can be opened meanwhile.
  void partition(int client, int broker, MonoTime until);
  /// Gives each message an additional random delay of at most this.
  void set_extra_delay(milliseconds most) noexcept { extra_delay_ = most; }
  /// Takes a broker away: its connections are gone with all requests on them.
  void set_down(int broker, bool down);
  /// Stops a broker for a while; requests wait at it.
  void freeze(int broker, MonoTime until) { frozen_until_[index(broker)] = until; }
  /// Ends partitions, additional delays and frozen brokers.
  void heal();

  /// The longest time by which a request may arrive after its connection broke.
  static constexpr milliseconds kLatestCopy{15'000};

 private:
  struct State {
    int client = 0;
    int broker = 0;
    bool open = true;
    /// The broker has died since: nothing more arrives.
    bool dead = false;
    MonoTime last_request{};
    MonoTime last_answer{};
    std::uint64_t sent = 0;
    std::uint64_t arrived = 0;
    /// Once it is closed: requests from this one on are lost, and the others wait until then.
    std::uint64_t lost_from = 0;
    MonoTime held_until{};
  };
  struct Event {
    MonoTime when;
    std::uint64_t order = 0;
    Connection connection = 0;
    /// The number of the request on its connection; 0 for an answer.
    std::uint64_t request = 0;
    Action action;
  };

  static std::size_t index(int broker) { return static_cast<std::size_t>(broker); }
  static bool is_later(Event const& one, Event const& other) {
    return std::pair{one.when, one.order} > std::pair{other.when, other.order};
  }
  void push(Event event);
  void perform(Event event);
  [[nodiscard]] MonoTime arrival(MonoTime after);
  [[nodiscard]] milliseconds lateness();
  /// The time until which messages between these are held back.
  [[nodiscard]] MonoTime blocked_until(int client, int broker) const;

  Rng rng_;
  MonoTime now_{};
  std::vector<Event> events_;  // a heap
  std::uint64_t order_ = 0;
  Connection last_connection_ = 0;
  std::unordered_map<Connection, State> connections_;
  std::map<std::pair<int, int>, MonoTime> partitioned_;
  std::array<bool, kBrokers> down_{};
  std::array<MonoTime, kBrokers> frozen_until_{};
  milliseconds extra_delay_{0};
  bool late_requests_ = true;
  std::set<int> breaks_after_commit_;
};

}  // namespace k2::simulation::kafka
