// One WebSocket connection to the exchange: the opening handshake, frames in, text out, pings
// answered immediately ahead of all data work. It decides nothing about its life: feed does,
// informed by these handlers. Lives on the shard's thread; used once.
#pragma once

#include "core/result.hpp"
#include "core/rng.hpp"
#include "core/time.hpp"
#include "core/ws/decoder.hpp"
#include "core/ws/handshake_client.hpp"
#include "core/ws/receive_buffer.hpp"
#include "feed/endpoint.hpp"
#include "io/stream_socket.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

/// Longest message that a line takes. Chosen: market data frames have some hundred bytes, replies
/// to LIST_SUBSCRIPTIONS with 1024 names some ten thousand.
inline constexpr std::size_t kLineMessageBytesMax = std::size_t{1} << 20;

/// Limit of unsent bytes above which only the exchange's latest ping will be answered. Source: RFC
/// 6455 section 5.5.3 allows it. Chosen: some hundred pongs.
inline constexpr std::size_t kLineUnsentPongBytesMax = std::size_t{16} * 1024;

/// Limit of unsent bytes above which the connection is closed: the peer does not read. Chosen: some
/// SUBSCRIBE requests of the greatest length.
inline constexpr std::size_t kLineUnsentBytesMax = std::size_t{256} * 1024;

class WsLine : public std::enable_shared_from_this<WsLine> {
 public:
  struct Handlers {
    /// The upgrade succeeded.
    std::function<void()> on_open;
    /// A text frame, with 64 readable bytes behind it, and when its bytes left the socket. Hot.
    std::function<void(std::string_view frame, Now const& received)> on_text;
    /// The exchange answered a ping of ours; other pongs say nothing of the way there and back.
    std::function<void()> on_pong;
    /// All that one wake-up brought has been handed out.
    std::function<void(Now const& received)> on_batch_end;
    /// The end, once; `retry_after` when the exchange refused the upgrade with such a wish.
    std::function<void(Error const&, std::optional<std::chrono::seconds> retry_after)> on_close;
  };

  /// Connects, through the proxy if there is one, and upgrades; the outcome comes by on_open or
  /// on_close. `addresses` learns which ones fail above TCP. `timeout` bounds the connect with its
  /// TLS handshake; feed bounds the whole.
  static std::shared_ptr<WsLine> open(boost::asio::io_context& io, feed::Endpoint const& endpoint,
                                      std::string const& target, SSL_CTX* tls,
                                      std::chrono::milliseconds timeout, Rng rng, Handlers handlers,
                                      std::optional<Proxy> proxy = std::nullopt,
                                      std::shared_ptr<PeerAddresses> addresses = {});

  /// Sends a text message.
  void send_text(std::string_view text);
  void send_ping();
  /// Sends a close frame with code 1000 and closes; on_close is not called any more.
  void close();

  /// "address:port TLSv1.3 TLS_AES_256_GCM_SHA384", for the log.
  [[nodiscard]] std::string description() const;
  [[nodiscard]] std::vector<PeerCertificate> peer_certificates() const {
    return socket_->peer_certificates();
  }

 private:
  WsLine(feed::Endpoint const& endpoint, std::string const& target, Rng rng, Handlers handlers);

  void on_connected();
  void on_data();
  /// False when the line is over.
  [[nodiscard]] bool upgrade();
  [[nodiscard]] bool take_messages(Now const& received);
  [[nodiscard]] bool take(ws::Message const& message, Now const& received);
  void send(ws::Opcode opcode, std::string_view payload);
  void answer_ping(std::string_view payload);
  [[nodiscard]] bool answers_ours(std::string_view pong);
  void on_drained();
  void check_unsent();
  void end(Error const& error, std::optional<std::uint16_t> close_code);

  std::string host_header_;
  std::string target_;
  Rng rng_;
  ws::HandshakeNonce nonce_;
  Handlers handlers_;
  std::shared_ptr<StreamSocket> socket_;
  ws::ReceiveBuffer buffer_;
  ws::ClientHandshake handshake_;
  ws::Decoder decoder_;
  std::string frame_;
  std::string const ping_word_;  // begins the payload of each ping of ours, its number follows
  std::uint64_t pings_sent_ = 0;
  std::uint64_t pings_answered_ = 0;        // the newest one
  std::optional<std::string> latest_ping_;  // not answered yet: the exchange is slow to read
  std::shared_ptr<PeerAddresses> addresses_;
  bool upgraded_ = false;
  bool delivers_ = false;  // a text frame came
  bool over_ = false;
};

}  // namespace k2::io
