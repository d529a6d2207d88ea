// One client's WebSocket connection: bytes in, events for the simulator out; actions in, frames
// out. It owns the socket, the handshake and the codec, and decides nothing. Its io_context's
// thread.
#pragma once

#include "core/time.hpp"
#include "core/ws/decoder.hpp"
#include "core/ws/handshake_server.hpp"
#include "io/stream_socket.hpp"
#include "tools/sim/simulator.hpp"
#include "tools/sim/stream_target.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sim {

class WsConnection {
 public:
  /// The events that the connection reports to its server, all on the io_context's thread.
  struct Events {
    /// Handles an upgrade request: the refusal, if it is refused.
    std::function<std::optional<UpgradeRefusal>()> upgrading;
    std::function<void(SessionId, StreamTarget)> opened;
    std::function<void(SessionId, ws::Message const&)> message;
    std::function<void(SessionId)> closed;
    std::function<void()> drained;
  };

  /// Chosen: requests of a client are small; 1,024 names of streams have 40 kB.
  static constexpr std::size_t kMessageBytesMax = std::size_t{256} * 1024;
  /// The most that fits one TLS record.
  /// Source: RFC 8446 section 5.1.
  static constexpr std::size_t kRecordBytesMax = std::size_t{16} * 1024;
  /// Chosen: the longest time that a client may take for its close frame.
  static constexpr std::chrono::seconds kGoodbyeTimeout{2};

  /// `pack` puts many frames into one TLS record; otherwise each has its own, as the exchange's.
  WsConnection(SessionId id, bool pack, Events const& events)
      : id_(id), pack_(pack), events_(events) {}

  /// Takes an accepted socket and begins the TLS handshake.
  void start(boost::asio::ip::tcp::socket socket, SSL_CTX* tls);

  /// Queues one frame; tick() sends.
  void send(ws::Opcode opcode, std::string_view payload);
  /// Sends what may go out, takes what has waited, and does what is due by the clock.
  void tick(MonoTime now);
  /// The next moment at which tick() has something to do by the clock.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;
  /// Sends a close frame and waits a moment for the client's.
  void close(std::uint16_t code, std::string_view reason, MonoTime now);
  /// Ends without a close frame. While the link is held, a FIN waits, an RST does not.
  void drop(DropKind how);
  /// Blocks both directions; data that is already in the kernel's buffers still goes out.
  void hold();
  /// The next tick() lets pass what has waited.
  void release();
  /// Limits sending to this number of bytes per second; 0 removes the limit.
  void slow_down(std::uint64_t bytes_per_second, MonoTime now);

  /// Units: bytes on their way to the client.
  [[nodiscard]] std::size_t pending_bytes() const { return socket_->pending_bytes() + out_.size(); }
  [[nodiscard]] bool ended() const noexcept { return state_ == State::kClosed; }

 private:
  enum class State : std::uint8_t { kHandshake, kOpen, kClosed };

  [[nodiscard]] bool throttled() const noexcept { return held_ || rate_ != 0; }
  [[nodiscard]] bool saying_goodbye() const noexcept { return saying_goodbye_; }
  void flush();
  void dribble(MonoTime now);
  void receive();
  void take_bytes();
  void shake_hands();
  void take_messages();
  void answer_close(ws::Message const& message);

  SessionId id_;
  bool pack_;
  Events const& events_;
  std::shared_ptr<io::StreamSocket> socket_;
  State state_ = State::kHandshake;
  ws::ReceiveBuffer buffer_;
  ws::ServerHandshake handshake_;
  ws::Decoder decoder_{ws::Role::kServer, kMessageBytesMax};
  std::string out_;
  bool saying_goodbye_ = false;
  std::optional<MonoTime> goodbye_until_;

  // The effects of faults on the link.
  bool held_ = false;
  bool released_ = false;
  bool ends_when_released_ = false;
  /// Units: bytes per second; 0 is as fast as it goes.
  std::uint64_t rate_ = 0;
  MonoTime next_dribble_{};
};

}  // namespace k2::sim
