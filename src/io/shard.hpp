// One shard: the thread on which a trade travels from the socket to the journal's door. It owns the
// pure machines (feed, decoder, continuity), feeds them what sockets, REST and timers bring, and
// performs what they decide. It decides nothing itself. One io_context, one thread, no locks.
#pragma once

#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "feed/endpoint.hpp"
#include "feed/feed.hpp"
#include "feed/rest_reader.hpp"
#include "feed/trade_decoder.hpp"
#include "flow/continuity.hpp"
#include "io/https_client.hpp"
#include "io/tape_writer.hpp"
#include "io/tls_context.hpp"
#include "io/ws_line.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::io {

/// A symbol to record, and where its tape stands.
struct ShardSymbol {
  Symbol symbol;
  /// The currency that its prices are in.
  std::string currency;
  /// The last id that is durable; nothing when its tape has not begun.
  std::optional<TradeId> position;
  /// Declared gaps that are still to be repaired.
  std::vector<IdRange> open_gaps;
};

struct ShardOptions {
  std::vector<ShardSymbol> symbols;
  std::vector<feed::Endpoint> stream_endpoints;
  HttpsClientOptions rest;
  TlsClientOptions tls;
  /// Symbols and the number of endpoints are filled in by the shard.
  feed::FeedOptions feed{};
  flow::ContinuityOptions continuity;
  std::uint64_t next_sequence = 1;
  std::chrono::nanoseconds block_delay = std::chrono::milliseconds{5};
  /// Of all that is random: jitter, masking keys, nonces.
  std::uint64_t seed = 1;
};

/// How the shard is doing.
struct ShardStatus {
  flow::ContinuityCounts counts;
  std::optional<feed::LineState> line;
  feed::FeedCounts lines;
  std::size_t holes = 0;
  std::size_t waiting = 0;
  std::uint64_t dead_letters = 0;
  bool admits = true;
  /// What the next accepted trade is numbered.
  std::uint64_t next_sequence = 0;
  /// How old the newest trade was when it was received; negative when the clocks disagree.
  std::chrono::microseconds last_trade_lag{};
};

class Shard {
 public:
  /// Throws std::runtime_error when the TLS options name an unreadable file (start-up only).
  Shard(boost::asio::io_context& io, ShardOptions options, JournalThread& journal);
  ~Shard();
  Shard(Shard const&) = delete;
  Shard& operator=(Shard const&) = delete;

  /// Opens the first line and begins.
  void start();
  /// Stops reading and hands all accepted trades to the journal's thread. No more events follow.
  /// False when the journal did not take them.
  [[nodiscard]] bool stop();

  [[nodiscard]] ShardStatus status() const;

 private:
  void on_text(LineId line, std::string_view frame, Now const& received);
  void on_bad_frame(feed::FrameKind kind, std::string_view frame, Error const& why,
                    Now const& received);
  void on_batch_end(LineId line, Now const& received);
  void on_line_open(LineId line);
  void feed_event(feed::FeedEvent const& event);
  void perform_feed();
  void perform(feed::OpenLine const& action);
  void perform(feed::SendText const& action);
  void perform(feed::SendPing const& action);
  void perform(feed::CloseLine const& action);
  void perform(feed::LineChanged const& action);
  void request(flow::RestRequest const& wanted);
  void on_reply(flow::RestRequest const& wanted, Result<HttpReply> reply);
  void on_rows(flow::RestRequest const& wanted, HttpReply const& reply, Now const& now);
  void on_timer();
  void settle(Now const& now);
  [[nodiscard]] std::vector<sink::DeclaredGap> take_gaps();
  void admit(bool open);
  void log_holes();
  void arm_timer();

  boost::asio::io_context& io_;
  ShardOptions options_;
  SslCtx tls_;
  Rng rng_;
  SymbolTable symbols_;
  feed::Feed feed_;
  feed::TradeDecoder decoder_;
  feed::RestReader rest_reader_;
  flow::Continuity continuity_;
  TapeWriter writer_;
  HttpsClient rest_;
  std::map<LineId, std::shared_ptr<WsLine>> lines_;
  boost::asio::steady_timer timer_;
  MonoTime timer_at_ = MonoTime::max();
  feed::FeedActions feed_actions_;
  std::vector<flow::RestRequest> requests_;
  std::chrono::microseconds last_trade_lag_{};
  bool admitting_ = true;
  bool stopped_ = false;
};

}  // namespace k2::io
