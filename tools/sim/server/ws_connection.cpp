#include "tools/sim/server/ws_connection.hpp"

#include "core/ws/encoder.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

// Chosen: a client that has not finished its TLS handshake by then never will.
constexpr std::chrono::seconds kHandshakeTimeout{10};

// Units: bytes of room for each read; a TLS record fits.
constexpr std::size_t kReadBytes = std::size_t{17} * 1024;

// Chosen: no client sends so much while its connection is held; more ends the connection.
constexpr std::size_t kHeldBytesMax = std::size_t{128} * 1024;

// Chosen: pieces small enough that a frame comes in many, and few enough to be cheap.
constexpr std::uint64_t kDribblesPerSecond = 20;

std::string refusal_of(UpgradeRefusal const& refused) {
  std::vector<ws::HeaderField> fields;
  if (refused.retry_after) {
    fields.push_back({"Retry-After", std::to_string(refused.retry_after->count())});
  }
  return ws::server_refusal(static_cast<int>(refused.status), "", fields);
}

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
  bool const full = out_.size() + payload.size() > kRecordBytesMax - ws::kHeaderBytesMax;
  if (pack_ && full && !throttled()) socket_->write(std::exchange(out_, {}));
  ws::append_frame(ws::Role::kServer, opcode, payload, 0, out_);
  if (pack_ || throttled()) return;
  socket_->write(out_);
  out_.clear();
}

void WsConnection::tick(MonoTime now) {
  if (std::exchange(released_, false)) {
    take_bytes();
    if (ends_when_released_) {
      flush();
      drop(DropKind::kEnd);
    }
  }
  if (rate_ != 0 && !held_) dribble(now);
  flush();
  if (!saying_goodbye() || throttled()) return;
  if (!goodbye_until_) goodbye_until_ = now + kGoodbyeTimeout;
  if (now >= *goodbye_until_ && state_ != State::kClosed) drop(DropKind::kEnd);
}

std::optional<MonoTime> WsConnection::next_deadline() const {
  if (state_ == State::kClosed || held_) return std::nullopt;
  if (rate_ == 0) return goodbye_until_;
  return out_.empty() ? std::nullopt : std::optional{next_dribble_};
}

void WsConnection::close(std::uint16_t code, std::string_view reason, MonoTime now) {
  if (state_ != State::kOpen || saying_goodbye()) return;
  ws::append_close(ws::Role::kServer, code, reason, 0, out_);
  flush();
  saying_goodbye_ = true;
  if (!throttled()) goodbye_until_ = now + kGoodbyeTimeout;
}

void WsConnection::drop(DropKind how) {
  if (held_ && how == DropKind::kEnd) {
    ends_when_released_ = true;
    return;
  }
  state_ = State::kClosed;
  if (how == DropKind::kReset) {
    socket_->reset();
  } else {
    socket_->close();
  }
}

void WsConnection::hold() {
  held_ = true;
  released_ = false;
}

void WsConnection::release() {
  released_ = std::exchange(held_, false);
}

void WsConnection::slow_down(std::uint64_t bytes_per_second, MonoTime now) {
  rate_ = bytes_per_second;
  next_dribble_ = now;
}

void WsConnection::flush() {
  if (!throttled() && !out_.empty()) {
    socket_->write(out_);
    out_.clear();
  }
  socket_->flush();
}

void WsConnection::dribble(MonoTime now) {
  if (out_.empty() || now < next_dribble_) return;
  std::uint64_t const bytes = std::max<std::uint64_t>(1, rate_ / kDribblesPerSecond);
  std::string const piece = out_.substr(0, bytes);
  out_.erase(0, piece.size());
  socket_->write(piece);
  next_dribble_ = now + std::chrono::nanoseconds{std::chrono::seconds{1}} * piece.size() / rate_;
}

void WsConnection::receive() {
  for (;;) {
    auto const space = buffer_.writable(kReadBytes);
    std::size_t const size = socket_->read(space);
    if (size == 0) return;
    buffer_.commit(size);
    if (!held_) {
      take_bytes();
    } else if (buffer_.readable().size() > kHeldBytesMax) {
      drop(DropKind::kReset);
    }
    if (state_ == State::kClosed) buffer_.clear();
  }
}

void WsConnection::take_bytes() {
  if (state_ == State::kHandshake) shake_hands();
  if (state_ == State::kOpen) take_messages();
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
  if (auto const refused = events_.upgrading()) {
    socket_->write(refusal_of(*refused));
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
