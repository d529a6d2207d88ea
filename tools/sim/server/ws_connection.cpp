#include "tools/sim/server/ws_connection.hpp"

#include "core/ws/encoder.hpp"

#include <utility>

namespace k2::sim {
namespace {

// Chosen: a client that has not finished its TLS handshake by then never will.
constexpr std::chrono::seconds kHandshakeTimeout{10};

// Units: bytes of room for each read; a TLS record fits.
constexpr std::size_t kReadBytes = std::size_t{17} * 1024;

}  // namespace

void WsConnection::start(boost::asio::ip::tcp::socket socket, SSL_CTX* tls) {
  io::StreamSocket::Handlers handlers;
  handlers.on_open = [] {};
  handlers.on_data = [this] { receive(); };
  handlers.on_close = [this](Error const&) {
    state_ = State::kClosed;
    events_.closed(id_);
  };
  handlers.on_drained = [this] { events_.drained(); };
  socket_ = io::StreamSocket::accept(std::move(socket), tls, kHandshakeTimeout, handlers);
}

void WsConnection::send(ws::Opcode opcode, std::string_view payload) {
  if (state_ != State::kOpen || saying_goodbye()) return;
  if (pack_ && out_.size() + payload.size() > kRecordBytesMax - ws::kHeaderBytesMax) {
    socket_->write(std::exchange(out_, {}));
  }
  ws::append_frame(ws::Role::kServer, opcode, payload, 0, out_);
  if (pack_) return;
  socket_->write(out_);
  out_.clear();
}

void WsConnection::flush() {
  if (!out_.empty()) socket_->write(out_);
  out_.clear();
  socket_->flush();
}

void WsConnection::close(std::uint16_t code, std::string_view reason, MonoTime now) {
  if (state_ != State::kOpen || saying_goodbye()) return;
  ws::append_close(ws::Role::kServer, code, reason, 0, out_);
  flush();
  goodbye_until_ = now + kGoodbyeTimeout;
}

void WsConnection::drop(DropKind how) {
  state_ = State::kClosed;
  if (how == DropKind::kReset) {
    socket_->reset();
  } else {
    socket_->close();
  }
}

void WsConnection::receive() {
  for (;;) {
    auto const space = buffer_.writable(kReadBytes);
    std::size_t const size = socket_->read(space);
    if (size == 0) return;
    buffer_.commit(size);
    if (state_ == State::kHandshake) shake_hands();
    if (state_ == State::kOpen) take_messages();
    if (state_ == State::kClosed) buffer_.clear();
  }
}

void WsConnection::shake_hands() {
  auto const status = handshake_.next(buffer_);
  if (status == ws::HandshakeStatus::kNeedMore) return;
  if (status == ws::HandshakeStatus::kFailed) {
    socket_->write(handshake_.refusal());
    drop(DropKind::kEnd);
    return;
  }
  auto target = parse_stream_target(handshake_.request().target);
  if (!target) {
    socket_->write(ws::server_refusal(404, "no such path; use /ws or /stream\n"));
    drop(DropKind::kEnd);
    return;
  }
  socket_->write(ws::server_accept(handshake_.request().key));
  state_ = State::kOpen;
  events_.opened(id_, std::move(*target));
  flush();
}

void WsConnection::take_messages() {
  ws::Message message;
  while (state_ == State::kOpen) {
    auto const status = decoder_.next(buffer_, message);
    if (status == ws::DecodeStatus::kNeedMore) return;
    if (status == ws::DecodeStatus::kFailed) {
      if (!saying_goodbye()) {
        ws::append_close(ws::Role::kServer, decoder_.close_code_for_error(), {}, 0, out_);
      }
      flush();
      drop(DropKind::kEnd);
    } else if (message.opcode == ws::Opcode::kClose) {
      answer_close(message);
    } else if (!saying_goodbye()) {
      events_.message(id_, message);
    }
  }
}

void WsConnection::answer_close(ws::Message const& message) {
  if (!saying_goodbye()) {
    ws::append_close(ws::Role::kServer, message.close_code, {}, 0, out_);
  }
  flush();
  drop(DropKind::kEnd);
}

}  // namespace k2::sim
