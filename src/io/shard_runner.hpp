// The outside of a shard: its sockets, REST client and timer, on one io_context and one thread. It
// passes their events to shard::Shard and performs the actions of the shard's outbox. It decides
// nothing.
#pragma once

#include "core/rng.hpp"
#include "feed/endpoint.hpp"
#include "io/https_client.hpp"
#include "io/tls_client.hpp"
#include "io/ws_line.hpp"
#include "shard/line_book.hpp"
#include "shard/shard.hpp"
#include "sink/lost_ids.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace k2::io {

struct ShardRunnerOptions {
  /// The number of endpoints is filled in by the runner.
  shard::ShardOptions shard;
  std::vector<feed::Endpoint> stream_endpoints;
  HttpsClientOptions rest;
  TlsClientOptions tls;
  /// The proxy of connections; `rest` has its own.
  std::optional<Proxy> proxy{};
  /// The seed of all that is random: jitter, masking keys, nonces.
  std::uint64_t seed = 1;
};

class ShardRunner {
 public:
  /// Throws std::runtime_error when the TLS options name an unreadable file (start-up only).
  ShardRunner(boost::asio::io_context& io, ShardRunnerOptions options, sink::BatchDoor& journal);
  ~ShardRunner();
  ShardRunner(ShardRunner const&) = delete;
  ShardRunner& operator=(ShardRunner const&) = delete;

  /// Opens the first line and begins.
  void start();
  /// Carries these symbols from now on, and no others.
  void carry(std::vector<shard::ShardSymbol> symbols);
  /// Calls Shard::restart_tape().
  /// Errors: those of Shard::restart_tape(); once stopped, always.
  [[nodiscard]] Result<sink::TapeRestart> restart_tape(Symbol const& symbol,
                                                       std::optional<TradeId> first);
  /// Fetches these ids again.
  void reopen(std::span<sink::SymbolIds const> lost);
  /// Sets the exchange's current limit per address. Units: request weight per minute.
  void set_weight_limit(std::uint64_t per_minute);
  /// Replaces every line, make before break.
  void rotate();
  /// Stops reading and hands all accepted trades to the journal. No more events follow.
  /// False when the journal did not take them.
  [[nodiscard]] bool stop();

  /// Queries the exchange for its time; clock_offset() is the result.
  void measure_clock();

  [[nodiscard]] shard::ShardStatus status() const { return shard_.status(); }
  [[nodiscard]] shard::Shard const& shard() const noexcept { return shard_; }
  [[nodiscard]] shard::LineBook const& book() const noexcept { return book_; }
  /// Units: bytes of text frames.
  [[nodiscard]] std::uint64_t received_bytes() const noexcept { return received_bytes_; }
  /// The exchange's clock less ours; nothing before it was measured.
  [[nodiscard]] std::optional<std::chrono::microseconds> clock_offset() const noexcept {
    return clock_offset_;
  }
  /// Declared gaps, and pieces of them, by GapState.
  [[nodiscard]] std::array<std::uint64_t, kGapStates> const& gap_changes() const noexcept {
    return gap_changes_;
  }

 private:
  void on_timer();
  void after_event();
  void arm_timer();
  void perform(feed::OpenLine const& action);
  void perform(feed::SendText const& action);
  void perform(feed::SendPing const& action);
  void perform(feed::CloseLine const& action);
  void perform(feed::LineChanged const& action);
  void perform(shard::Fetch fetch);
  void take_note(shard::Note const& note);
  [[nodiscard]] WsLine::Handlers handlers_of(LineId id);

  boost::asio::io_context& io_;
  std::vector<feed::Endpoint> stream_endpoints_;
  TlsClient tls_;
  std::optional<Proxy> proxy_;
  std::shared_ptr<PeerAddresses> addresses_ = std::make_shared<PeerAddresses>();
  Rng rng_;
  shard::Shard shard_;
  HttpsClient rest_;
  std::map<LineId, std::shared_ptr<WsLine>> lines_;
  boost::asio::steady_timer timer_;
  MonoTime timer_at_ = MonoTime::max();
  shard::LineBook book_;
  std::uint64_t received_bytes_ = 0;
  std::optional<std::chrono::microseconds> clock_offset_;
  std::array<std::uint64_t, kGapStates> gap_changes_{};  // by GapState
  bool stopped_ = false;
};

}  // namespace k2::io
