#include "io/ws_line.hpp"

#include "core/ws/close_code.hpp"
#include "core/ws/encoder.hpp"
#include "io/clock.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace k2::io {
namespace {

/// Size of one read: a whole TLS record fits.
constexpr std::size_t kReadBytes = std::size_t{16} * 1024;

ws::HandshakeNonce draw_nonce(Rng& rng) {
  ws::HandshakeNonce nonce;
  for (auto& byte : nonce) byte = static_cast<std::uint8_t>(rng.next());
  return nonce;
}

}  // namespace

WsLine::WsLine(feed::Endpoint const& endpoint, std::string const& target, Rng rng,
               Handlers handlers)
    : host_header_(endpoint.host_header()),
      target_(endpoint.base_path + target),
      rng_(rng),
      nonce_(draw_nonce(rng_)),
      handlers_(std::move(handlers)),
      handshake_(nonce_),
      decoder_(ws::Role::kClient, kLineMessageBytesMax),
      ping_word_(fmt::format("{:08x}-", static_cast<std::uint32_t>(rng_.next()))) {}

std::shared_ptr<WsLine> WsLine::open(boost::asio::io_context& io, feed::Endpoint const& endpoint,
                                     std::string const& target, SSL_CTX* tls,
                                     std::chrono::milliseconds timeout, Rng rng, Handlers handlers,
                                     std::optional<Proxy> proxy,
                                     std::shared_ptr<PeerAddresses> addresses) {
  std::shared_ptr<WsLine> self{new WsLine{endpoint, target, rng, std::move(handlers)}};
  self->addresses_ = addresses;
  self->socket_ = StreamSocket::connect(
      io, endpoint.host, endpoint.port, endpoint.tls ? tls : nullptr, timeout,
      {.on_open = [self] { self->on_connected(); },
       .on_data = [self] { self->on_data(); },
       .on_close = [self](Error const& error) { self->end(error, std::nullopt); },
       .on_drained = [self] { self->on_drained(); }},
      std::move(proxy), std::move(addresses));
  return self;
}

void WsLine::on_connected() {
  socket_->write(ws::client_request(host_header_, target_, nonce_));
  socket_->flush();
}

void WsLine::on_data() {
  Now const received = read_clock();
  bool alive = true;
  while (true) {
    // The socket must be read empty even when there is no receiver any more.
    std::size_t const size = socket_->read(buffer_.writable(kReadBytes));
    if (size == 0) break;
    if (!alive || over_) continue;
    buffer_.commit(size);
    alive = (upgraded_ || upgrade()) && (!upgraded_ || take_messages(received));
  }
  check_unsent();  // TLS also sends replies
  if (!over_ && upgraded_) handlers_.on_batch_end(received);
}

bool WsLine::upgrade() {
  switch (handshake_.next(buffer_)) {
    case ws::HandshakeStatus::kNeedMore:
      return true;
    case ws::HandshakeStatus::kFailed:
      end(handshake_.error(), std::nullopt);
      return false;
    case ws::HandshakeStatus::kDone:
      break;
  }
  upgraded_ = true;
  handlers_.on_open();
  return !over_;
}

bool WsLine::take_messages(Now const& received) {
  ws::Message message;
  while (true) {
    switch (decoder_.next(buffer_, message)) {
      case ws::DecodeStatus::kMessage:
        if (!take(message, received)) return false;
        break;
      case ws::DecodeStatus::kNeedMore:
        return true;
      case ws::DecodeStatus::kFailed:
        end(decoder_.error(), decoder_.close_code_for_error());
        return false;
    }
  }
}

bool WsLine::take(ws::Message const& message, Now const& received) {
  switch (message.opcode) {
    case ws::Opcode::kText:
      if (!delivers_) {
        delivers_ = true;
        if (addresses_) addresses_->worked(socket_->peer());
      }
      handlers_.on_text(message.payload, received);
      return !over_;
    case ws::Opcode::kPing:
      answer_ping(message.payload);
      return !over_;
    case ws::Opcode::kClose:
      end(Error{Errc::kConnectionClosed, fmt::format("the exchange closed with {} '{}'",
                                                     message.close_code, message.payload)},
          message.close_code);
      return false;
    case ws::Opcode::kPong:
      if (answers_ours(message.payload)) handlers_.on_pong();
      return !over_;
    case ws::Opcode::kBinary:
    case ws::Opcode::kContinuation:
      return true;
  }
  return true;
}

void WsLine::answer_ping(std::string_view payload) {
  if (latest_ping_ || socket_->pending_bytes() > kLineUnsentPongBytesMax) {
    latest_ping_ = payload;
  } else {
    send(ws::Opcode::kPong, payload);
  }
}

/// Returns true for a pong that repeats the payload of a ping of ours; each ping is answered once.
bool WsLine::answers_ours(std::string_view pong) {
  if (!pong.starts_with(ping_word_)) return false;
  std::string_view const digits = pong.substr(ping_word_.size());
  std::uint64_t number = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return false;
  if (number <= pings_answered_ || number > pings_sent_) return false;
  pings_answered_ = number;
  return true;
}

void WsLine::on_drained() {
  auto const ping = std::exchange(latest_ping_, std::nullopt);
  if (ping && !over_) send(ws::Opcode::kPong, *ping);
}

void WsLine::send(ws::Opcode opcode, std::string_view payload) {
  if (over_) return;
  frame_.clear();
  ws::append_frame(ws::Role::kClient, opcode, payload, static_cast<std::uint32_t>(rng_.next()),
                   frame_);
  socket_->write(frame_);
  socket_->flush();
  check_unsent();
}

void WsLine::check_unsent() {
  if (socket_->pending_bytes() <= kLineUnsentBytesMax) return;
  socket_->reset("the exchange takes nothing of what is sent to it");  // on_close follows
}

void WsLine::send_text(std::string_view text) {
  send(ws::Opcode::kText, text);
}

void WsLine::send_ping() {
  send(ws::Opcode::kPing, fmt::format("{}{}", ping_word_, ++pings_sent_));
}

void WsLine::close() {
  handlers_.on_close = nullptr;
  end(Error{Errc::kConnectionClosed, "closed by this side"}, ws::kCloseNormal);
}

void WsLine::end(Error const& error, std::optional<std::uint16_t> close_code) {
  if (over_) return;
  over_ = true;
  // It took the connection and nothing came of it: another address may be healthy.
  if (!delivers_ && addresses_) addresses_->failed(socket_->peer());
  if (upgraded_ && close_code) {
    frame_.clear();
    ws::append_close(ws::Role::kClient, *close_code, "", static_cast<std::uint32_t>(rng_.next()),
                     frame_);
    socket_->write(frame_);
  }
  socket_->close();
  auto const on_close = std::exchange(handlers_.on_close, nullptr);
  if (on_close) on_close(error, handshake_.retry_after(read_clock().utc));
}

std::string WsLine::description() const {
  return socket_->peer() + " " + socket_->tls_description();
}

}  // namespace k2::io
