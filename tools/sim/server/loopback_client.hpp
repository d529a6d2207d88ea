// A blocking WebSocket client on a plain socket, for the tests of the exchange's sockets.
#pragma once

#include "core/ws/decoder.hpp"
#include "core/ws/encoder.hpp"
#include "core/ws/handshake_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace k2::sim {

namespace asio = boost::asio;

// It is the codec's other side.
class Client {
 public:
  // Connects and requests the upgrade; with kWait it also reads the answer.
  enum class Upgrade : std::uint8_t { kWait, kAskOnly };
  Client(std::uint16_t port, std::string const& target, Upgrade upgrade = Upgrade::kWait) {
    socket_.connect({asio::ip::make_address("127.0.0.1"), port});
    asio::write(socket_, asio::buffer(ws::client_request("localhost", target, nonce_)));
    if (upgrade == Upgrade::kWait) finish_upgrade();
  }
  // Reads the answer to the upgrade.
  void finish_upgrade() {
    ws::ClientHandshake handshake{nonce_};
    while (handshake.next(buffer_) == ws::HandshakeStatus::kNeedMore && read()) {
    }
    status_ = handshake.http_status();
  }

  void send_text(std::string_view text) {
    std::string frame;
    ws::append_frame(ws::Role::kClient, ws::Opcode::kText, text, 0x01020304, frame);
    asio::write(socket_, asio::buffer(frame));
  }
  // The next text; empty when the connection has ended.
  std::string next_text() {
    ws::Message message;
    for (;;) {
      auto const status = decoder_.next(buffer_, message);
      if (status == ws::DecodeStatus::kMessage && message.opcode == ws::Opcode::kText) {
        return std::string{message.payload};
      }
      if (status == ws::DecodeStatus::kMessage && message.opcode == ws::Opcode::kClose) {
        close_code_ = message.close_code;
      }
      if (status == ws::DecodeStatus::kNeedMore && !read()) return {};
    }
  }
  // The number of bytes that have arrived and were not read yet.
  [[nodiscard]] std::size_t available() {
    boost::system::error_code ignored;
    return socket_.available(ignored);
  }
  // Throws away what has arrived.
  void drain() {
    while (available() > 0) (void)read();
    buffer_.clear();
  }
  // Reads once; false when the connection has ended, by a FIN or by an RST.
  bool read() {
    auto const space = buffer_.writable(4096);
    error_ = {};
    std::size_t const size = socket_.read_some(asio::buffer(space.data(), space.size()), error_);
    buffer_.commit(size);
    bytes_ += size;
    return size > 0;
  }
  [[nodiscard]] bool was_reset() const { return error_ == asio::error::connection_reset; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] std::uint16_t close_code() const { return close_code_; }

 private:
  ws::HandshakeNonce nonce_{1, 2, 3};
  asio::io_context io_;
  asio::ip::tcp::socket socket_{io_};
  ws::ReceiveBuffer buffer_;
  ws::Decoder decoder_{ws::Role::kClient, 1 << 20};
  int status_ = 0;
  std::uint16_t close_code_ = 0;
  std::size_t bytes_ = 0;
  boost::system::error_code error_;
};

}  // namespace k2::sim
