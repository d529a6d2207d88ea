// The connections between a simulated process and the exchange: each keeps its order, as TCP does,
// and has delays of its own; faults reset, end, hold or slow it, or make one side forget it. It
// decides nothing about trades. One thread.
#pragma once

#include "core/result.hpp"
#include "core/rng.hpp"
#include "tests/simulation/demanded_pause.hpp"
#include "tests/simulation/event_log.hpp"
#include "tests/simulation/queue.hpp"
#include "tests/simulation/venue.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace k2::simulation {

/// The receiver of the events of a process's connections.
class LineListener {
 public:
  virtual ~LineListener() = default;
  virtual void on_opened(LineId line) = 0;
  virtual void on_text(LineId line, std::string_view frame) = 0;
  virtual void on_pong(LineId line) = 0;
  virtual void on_batch_end(LineId line) = 0;
  virtual void on_closed(LineId line, Error const& why,
                         std::optional<std::chrono::seconds> retry_after) = 0;
};

class Network {
 public:
  Network(Clock& clock, Queue& queue, EventLog& log, DemandedPause& pause, Rng rng)
      : clock_(clock), queue_(queue), log_(log), pause_(pause), rng_(rng) {}
  /// `venue` outlives the network.
  void attach(Venue& venue) { venue_ = &venue; }

  // The client's side.
  void connect(LineId line, std::string const& target, LineListener& listener);
  void send_text(LineId line, std::string const& text);
  void send_ping(LineId line);
  void close(LineId line);
  /// The process is gone; the exchange learns of it only when the machine still lives.
  void abandon(bool machine_lives);

  /// The exchange's side.
  void perform(sim::Actions const& actions);

  /// Connecting fails or hangs with this chance.
  void set_trouble(double chance) { trouble_ = chance; }
  /// Connections attempted so far.
  [[nodiscard]] std::uint64_t connects() const noexcept { return connects_; }

 private:
  enum class Kind : std::uint8_t { kOpened, kText, kPing, kPong, kClosed };
  struct Frame {
    Kind kind{};
    MonoTime due;
    std::string text;
    Error why{};
    std::optional<std::chrono::seconds> retry_after{};
  };
  struct Link {
    LineId line{};
    LineListener* listener = nullptr;
    bool client = true;   // the process still has it
    bool served = false;  // the exchange has a session for it
    bool held = false;
    std::uint64_t bytes_per_second = 0;
    std::chrono::microseconds latency{};
    MonoTime last_down{};
    MonoTime last_up{};
    std::deque<Frame> down;
    std::optional<MonoTime> armed;
  };

  void count_connect();
  void arrive(sim::SessionId id, std::string const& target);
  void down(sim::SessionId id, Frame frame);
  void arm(sim::SessionId id, Link& link);
  void deliver(sim::SessionId id);
  void hand(Link& link, Frame& frame, sim::SessionId id);
  void up(sim::SessionId id, std::function<void()> what);
  void tell_closed(sim::SessionId id);
  [[nodiscard]] Link* find(sim::SessionId id);
  [[nodiscard]] std::optional<sim::SessionId> session_of(LineId line) const;

  void perform(sim::SendText const& action);
  void perform(sim::SendPing const& action);
  void perform(sim::SendPong const& action);
  void perform(sim::CloseSession const& action);
  void perform(sim::DropSession const& action);
  void perform(sim::HoldLink const& action);
  void perform(sim::ReleaseLink const& action);
  void perform(sim::SlowLink const& action);
  void perform(sim::ReleaseConnects const& action);

  Clock& clock_;
  Queue& queue_;
  EventLog& log_;
  DemandedPause& pause_;
  Rng rng_;
  Venue* venue_ = nullptr;
  std::map<sim::SessionId, Link> links_;
  std::uint64_t sessions_ = 0;
  double trouble_ = 0;
  std::uint64_t connects_ = 0;
  std::deque<MonoTime> recent_connects_;
  std::string padded_;
};

}  // namespace k2::simulation
