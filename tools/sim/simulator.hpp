// The exchange simulator without its sockets: source, exchange, REST, faults and ledger behind one
// interface. Pure: the shell or a simulation passes it events with their times, performs the
// actions, and writes the ledger's text. One thread.
#pragma once

#include "core/symbol.hpp"
#include "tools/sim/derived_streams.hpp"
#include "tools/sim/exchange.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/market.hpp"
#include "tools/sim/rest_api.hpp"
#include "tools/sim/source.hpp"
#include "tools/sim/trade_store.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

struct SimulatorOptions {
  ExchangeLimits exchange;
  RestLimits rest;
  std::size_t trades_kept = TradeStore::kTradesMaxDefault;
  std::vector<FaultSpec> faults;
  std::uint64_t seed = 1;
  /// Recorded seconds per second; none publishes as fast as the clients take it.
  std::optional<double> speed = 1.0;
  /// Publishing begins when so many different streams are subscribed.
  std::size_t start_when_subscribed = 0;
  /// True when the ledger's lines are to be made.
  bool keep_ledger = false;
};

/// The treatment of a client that connects now.
struct ConnectVerdict {
  /// The network swallows its bytes: nothing is answered until ReleaseConnects.
  bool hold = false;
  TlsFault tls = TlsFault::kNone;
};

/// The answer to a client that may not upgrade to WebSocket now.
struct UpgradeRefusal {
  unsigned status = 0;
  std::optional<std::chrono::seconds> retry_after;
  friend bool operator==(UpgradeRefusal const&, UpgradeRefusal const&) = default;
};

class Simulator {
 public:
  /// Chosen: the number of events kept for a shell that never takes them.
  static constexpr std::size_t kFaultEventsMax = 4096;

  /// `symbols` and `source` outlive the simulator; the source fills the table.
  Simulator(SimulatorOptions const& options, SymbolTable const& symbols, Source& source);

  /// Handles an established TCP connection of a client; its TLS handshake, if any, starts now.
  [[nodiscard]] ConnectVerdict connecting(Now now);
  /// Handles a client's WebSocket upgrade request: the refusal, if it is refused.
  [[nodiscard]] std::optional<UpgradeRefusal> upgrading(Now now);
  void opened(SessionId id, StreamTarget target, Now now, Actions& actions);
  void text_received(SessionId id, std::string_view text, Now now, Actions& actions);
  void ping_received(SessionId id, std::string_view payload, Now now, Actions& actions);
  void pong_received(SessionId id, Now now, Actions& actions);
  void closed(SessionId id);

  [[nodiscard]] RestReply answer(RestRequest const& request, Now now);

  /// Does what is due by the clock: pings, faults.
  void tick(Now now, Actions& actions);
  /// Publishes the next event if it is due; false when there is nothing to publish now. The
  /// actions' texts live until the next call of anything here.
  [[nodiscard]] bool publish_next(Now now, Actions& actions);

  /// Checks that these faults are possible here.
  /// Errors: kConfigInvalid, naming an unknown symbol.
  [[nodiscard]] Result<bool> check_faults(std::vector<FaultSpec> const& specs) const {
    return check_symbols(specs, symbols_);
  }
  /// Adds faults at any time; their times and trades count from now. tick() begins them.
  std::vector<FaultId> add_faults(std::vector<FaultSpec> const& specs, Now now);
  /// Takes a fault back, or all of them, and ends what they do. False when there is none.
  bool heal(FaultId id, Now now, Actions& actions);
  void heal_all(Now now, Actions& actions);
  /// The faults that are waiting or at work.
  [[nodiscard]] std::vector<FaultStatus> faults() const { return faults_.list(); }
  /// The faults that started and ended, for the log; the caller empties it.
  [[nodiscard]] std::vector<FaultEvent>& fault_events() noexcept { return fault_events_; }

  /// The next moment at which tick() or publish_next() has something to do.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;
  /// True when publish_next() would publish now.
  [[nodiscard]] bool publication_due(MonoTime now) const;
  /// The source has ended and everything is published.
  [[nodiscard]] bool finished() const noexcept { return started_ && !pending_; }

  /// The ledger's lines since they were last taken.
  [[nodiscard]] std::string& ledger() noexcept { return ledger_; }
  [[nodiscard]] std::uint64_t trades_published() const noexcept { return trades_; }
  [[nodiscard]] std::uint64_t events_published() const noexcept { return events_; }

 private:
  void start_if_wanted(Now now);
  void take_next();
  void record(Publication const& publication, MonoTime now);
  void advance_faults(Now now, Actions& actions);
  /// Does what the faults just decided.
  void apply_faults(std::size_t first, Now now, Actions& actions);
  void apply(FaultEvent const& event, Now now, Actions& actions);
  void change_market(FaultEvent const& event, MonoTime now);
  /// The time of the exchange's clock.
  [[nodiscard]] Now exchange_time(Now now) const { return {now.mono, now.utc + market_.skew()}; }
  [[nodiscard]] MonoTime due_at(Publication const& publication) const;

  SimulatorOptions options_;
  SymbolTable const& symbols_;
  Source& source_;
  TradeStore store_;
  Faults faults_;
  Market market_;
  Exchange exchange_;
  RestApi rest_;
  DerivedStreams derived_;

  bool started_ = false;
  MonoTime start_mono_{};
  RecordTime start_recorded_{};
  /// Publications derived from the last one; they go out before the source's next.
  std::vector<Publication> follow_ups_;
  std::size_t next_follow_up_ = 0;
  bool pending_ = false;
  bool source_ended_ = false;
  Publication publication_;
  std::vector<FaultEvent> fault_events_;
  std::string ledger_;
  std::uint64_t trades_ = 0;
  std::uint64_t events_ = 0;
};

}  // namespace k2::sim
