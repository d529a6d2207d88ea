// One client's WebSocket connection: bytes in, events for the box out; actions in, frames out. It
// owns the socket, the handshake and the codec, and decides nothing. Its io_context's thread.
#pragma once

#include "core/time.hpp"
#include "core/ws/decoder.hpp"
#include "core/ws/handshake_server.hpp"
#include "io/stream_socket.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/stream_target.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sim {

class WsConnection {
 public:
  /// What the connection tells its server, all on the io_context's thread.
  struct Events {
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
  /// Chosen: as long as the goodbye of a client may take.
  static constexpr std::chrono::seconds kGoodbyeTimeout{2};

  /// `pack` puts many frames into one TLS record; otherwise each has its own, as the exchange's.
  WsConnection(SessionId id, bool pack, Events const& events)
      : id_(id), pack_(pack), events_(events) {}

  /// Takes an accepted socket and begins the TLS handshake.
  void start(boost::asio::ip::tcp::socket socket, SSL_CTX* tls);

  /// Queues one frame; flush() sends.
  void send(ws::Opcode opcode, std::string_view payload);
  void flush();
  /// Says goodbye and waits a moment for the client's.
  void close(std::uint16_t code, std::string_view reason, MonoTime now);
  /// Ends without a WebSocket goodbye.
  void drop(DropKind how);

  [[nodiscard]] SessionId id() const noexcept { return id_; }
  [[nodiscard]] std::size_t pending_bytes() const { return socket_->pending_bytes(); }
  [[nodiscard]] bool saying_goodbye() const noexcept { return goodbye_until_.has_value(); }
  [[nodiscard]] std::optional<MonoTime> goodbye_until() const noexcept { return goodbye_until_; }
  [[nodiscard]] std::string const& peer() const noexcept { return socket_->peer(); }

 private:
  enum class State : std::uint8_t { kHandshake, kOpen, kClosed };

  void receive();
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
  std::optional<MonoTime> goodbye_until_;
};

}  // namespace k2::sim
