// A line against a server of a few lines on the loopback.
#include "io/ws_line.hpp"

#include "core/ws/decoder.hpp"
#include "core/ws/encoder.hpp"
#include "core/ws/handshake_server.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::io {
namespace {

using boost::asio::ip::tcp;
using testing::ElementsAre;

constexpr std::chrono::seconds kPatience{10};

class Line : public testing::Test {
 protected:
  Line() { accept(); }
  ~Line() override {
    if (line_) line_->close();
    if (server_) server_->reset();
    io_.run_for(kPatience);
  }

  void open() {
    feed::Endpoint const endpoint{.tls = false,
                                  .host = "127.0.0.1",
                                  .port = std::to_string(acceptor_.local_endpoint().port()),
                                  .base_path = {}};
    line_ = WsLine::open(io_, endpoint, "/stream?streams=a", nullptr, kPatience, Rng{1},
                         {.on_open = [this] { opened_ = true; },
                          .on_text = [this](std::string_view, Now const&) { ++texts_; },
                          .on_pong = [this] { ++pongs_; },
                          .on_batch_end = [](Now const&) {},
                          .on_close = [this](Error const& why, auto) { closed_ = why; }},
                         std::nullopt, addresses_);
  }

  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) ASSERT_GT(io_.run_one_for(kPatience), 0U);
  }
  /// The line reads what was sent before: a text frame behind it was read.
  void send_and_wait(ws::Opcode opcode, std::string_view payload) {
    std::string frames;
    ws::append_frame(ws::Role::kServer, opcode, payload, 0, frames);
    ws::append_frame(ws::Role::kServer, ws::Opcode::kText, "{}", 0, frames);
    server_->write(frames);
    server_->flush();
    run_until([this, wanted = texts_ + 1] { return texts_ == wanted; });
  }
  std::string next_ping() {
    line_->send_ping();
    run_until([this] { return !pings_.empty(); });
    return std::exchange(pings_, {}).back();
  }
  /// Returns the one of two addresses that is tried first.
  std::string first_choice() const {
    std::vector<tcp::endpoint> addresses{acceptor_.local_endpoint(),
                                         {boost::asio::ip::make_address("192.0.2.1"), 1}};
    addresses_->order(addresses);
    return addresses.front().address().to_string();
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::shared_ptr<PeerAddresses> addresses_ = std::make_shared<PeerAddresses>();
  std::shared_ptr<StreamSocket> server_;
  std::shared_ptr<WsLine> line_;
  /// The server's answer to the upgrade; empty hangs up.
  bool refuses_ = false;
  bool opened_ = false;
  int texts_ = 0;
  int pongs_ = 0;
  std::optional<Error> closed_;
  std::vector<std::string> pings_;

 private:
  void accept() {
    acceptor_.async_accept([this](boost::system::error_code const& error, tcp::socket socket) {
      if (error) return;
      server_ = StreamSocket::accept(std::move(socket), nullptr, kPatience,
                                     {.on_open = [] {},
                                      .on_data = [this] { serve(); },
                                      .on_close = [](Error const&) {},
                                      .on_drained = {}});
    });
  }
  void serve() {
    while (std::size_t const size = server_->read(buffer_.writable(4'096))) buffer_.commit(size);
    if (refuses_) return server_->reset();
    if (!upgraded_) {
      if (handshake_.next(buffer_) != ws::HandshakeStatus::kDone) return;
      upgraded_ = true;
      server_->write(ws::server_accept(handshake_.request().key));
      server_->flush();
    }
    ws::Message message;
    while (decoder_.next(buffer_, message) == ws::DecodeStatus::kMessage) {
      if (message.opcode == ws::Opcode::kPing) pings_.emplace_back(message.payload);
    }
  }

  ws::ReceiveBuffer buffer_;
  ws::ServerHandshake handshake_;
  ws::Decoder decoder_{ws::Role::kServer, 1 << 16};
  bool upgraded_ = false;
};

TEST_F(Line, TakesOnlyThePongThatRepeatsItsPing) {
  open();
  run_until([this] { return opened_; });
  send_and_wait(ws::Opcode::kPong, "");
  EXPECT_EQ(pongs_, 0) << "nobody asked";
  std::string const first = next_ping();
  std::string const second = next_ping();
  EXPECT_NE(first, second);
  send_and_wait(ws::Opcode::kPong, "");
  send_and_wait(ws::Opcode::kPong, second + "0");
  send_and_wait(ws::Opcode::kPong, "another");
  EXPECT_EQ(pongs_, 0);
  send_and_wait(ws::Opcode::kPong, first);
  EXPECT_EQ(pongs_, 1);
  send_and_wait(ws::Opcode::kPong, first);
  EXPECT_EQ(pongs_, 1) << "once each";
  send_and_wait(ws::Opcode::kPong, second);
  EXPECT_EQ(pongs_, 2);
}

TEST_F(Line, TriesAnotherAddressFirstAfterOneThatHangsUpAboveTcp) {
  EXPECT_EQ(first_choice(), "127.0.0.1");
  refuses_ = true;
  open();
  run_until([this] { return closed_.has_value(); });
  EXPECT_EQ(first_choice(), "192.0.2.1");
}

TEST_F(Line, TriesAnotherAddressFirstAfterOneThatUpgradesAndStaysSilent) {
  open();
  run_until([this] { return opened_; });
  line_->close();
  EXPECT_EQ(first_choice(), "192.0.2.1");
}

TEST_F(Line, TrustsAnAddressAgainThatDelivers) {
  addresses_->failed("127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()));
  open();
  run_until([this] { return opened_; });
  send_and_wait(ws::Opcode::kPing, "");
  EXPECT_EQ(first_choice(), "127.0.0.1");
  line_->close();
  EXPECT_EQ(first_choice(), "127.0.0.1");
}

}  // namespace
}  // namespace k2::io
