// Tests of faults that only sockets can show, started and healed over the admin port of a running
// server.
#include "tools/sim/generator.hpp"
#include "tools/sim/server/loopback_client.hpp"
#include "tools/sim/server/sim_server.hpp"

#include <boost/asio/ssl.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <thread>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using tcp = asio::ip::tcp;

constexpr char const* kStreams = "/ws/btcusdt@trade";

struct HttpAnswer {
  int status = 0;
  std::string head;
  std::string body;
};

HttpAnswer http(std::uint16_t port, std::string const& method, std::string const& target,
                std::string const& body = {}, std::string const& more_headers = {}) {
  asio::io_context io;
  tcp::socket socket{io};
  socket.connect({asio::ip::make_address("127.0.0.1"), port});
  asio::write(socket, asio::buffer(method + " " + target + " HTTP/1.1\r\nHost: a\r\n" +
                                   more_headers + "Connection: close\r\nContent-Length: " +
                                   std::to_string(body.size()) + "\r\n\r\n" + body));
  std::string text;
  boost::system::error_code error;
  asio::read(socket, asio::dynamic_buffer(text), error);
  if (text.size() < 12) return {};
  auto const end = text.find("\r\n\r\n");
  return {std::stoi(text.substr(9, 3)), text.substr(0, end), text.substr(end + 4)};
}

class FaultsOnLoopback : public testing::Test {
 protected:
  FaultsOnLoopback() {
    std::string pattern = testing::TempDir() + "k2-sim-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FaultsOnLoopback() override {
    if (thread_.joinable()) {
      ::raise(SIGTERM);
      thread_.join();
    }
    std::filesystem::remove_all(folder_);
  }

  void start(bool tls = false) {
    GeneratorOptions made_up;
    made_up.symbols = {Symbol::parse("BTCUSDT").value()};
    made_up.rate = 1000;
    made_up.start = UtcTime{1'700'000'000s};
    source_.emplace(made_up, symbols_);
    simulator_.emplace(SimulatorOptions{}, symbols_, *source_);
    SimServerOptions options;
    options.admin_port = 0;
    if (tls) options.tls_dir = folder_;
    options.duration = 60s;  // bounds a failing test
    server_.emplace(options, *simulator_);
    ASSERT_TRUE(server_->open().has_value());
    thread_ = std::thread{[this] { (void)server_->run(); }};
  }
  void begin(std::string const& fault) {
    ASSERT_EQ(http(server_->admin_port(), "POST", "/faults", fault).status, 200);
  }
  void heal() { ASSERT_EQ(http(server_->admin_port(), "DELETE", "/faults").status, 200); }
  std::uint64_t published() {
    auto const body = http(server_->admin_port(), "GET", "/").body;
    return nlohmann::json::parse(body).at("published").get<std::uint64_t>();
  }
  // Waits until the exchange has published `count` more trades.
  void wait_for_trades(std::uint64_t count) {
    std::uint64_t const until = published() + count;
    while (published() < until) {
    }
  }

  std::string folder_;
  SymbolTable symbols_;
  std::optional<Generator> source_;
  std::optional<Simulator> simulator_;
  std::optional<SimServer> server_;
  std::thread thread_;
};

std::uint64_t id_of(std::string const& frame) {
  return nlohmann::json::parse(frame).at("t").get<std::uint64_t>();
}

TEST_F(FaultsOnLoopback, AHalfOpenConnectionIsSilentAndResetInTheEnd) {
  start();
  Client client{server_->port(), kStreams};
  EXPECT_NE(client.next_text(), "");
  begin("half-open");
  wait_for_trades(50);
  client.drain();
  client.send_text(R"({"method":"LIST_SUBSCRIPTIONS","id":1})");
  wait_for_trades(100);
  EXPECT_EQ(client.available(), 0U);
  Client other{server_->port(), kStreams};
  EXPECT_NE(other.next_text(), "");
  heal();
  EXPECT_FALSE(client.read());
  EXPECT_TRUE(client.was_reset());
  EXPECT_NE(other.next_text(), "");
}

TEST_F(FaultsOnLoopback, ABlackHoleSwallowsOldAndNewAndThenAllArrives) {
  start();
  Client client{server_->port(), kStreams};
  std::uint64_t last = id_of(client.next_text());
  begin("black-hole");
  Client other{server_->port(), kStreams, Client::Upgrade::kAskOnly};
  wait_for_trades(50);
  std::size_t const before = client.available();
  wait_for_trades(200);
  EXPECT_EQ(client.available(), before);
  EXPECT_EQ(other.available(), 0U);
  heal();
  for (int i = 0; i < 500; ++i) {
    std::uint64_t const id = id_of(client.next_text());
    ASSERT_EQ(id, last + 1);
    last = id;
  }
  other.finish_upgrade();
  EXPECT_EQ(other.status(), 101);
  EXPECT_GT(id_of(other.next_text()), 0U);
}

TEST_F(FaultsOnLoopback, WhatAClientSaysIntoABlackHoleArrivesWhenItIsGone) {
  start();
  Client client{server_->port(), "/ws"};
  wait_for_trades(1);
  auto const newest =
      http(server_->rest_port(), "GET", "/api/v3/trades?symbol=BTCUSDT&limit=1").body;
  begin("black-hole");
  client.send_text(R"({"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1})");
  wait_for_trades(100);
  EXPECT_EQ(client.available(), 0U);
  heal();
  EXPECT_EQ(client.next_text(), R"({"result":null,"id":1})");
  // The subscription reached the exchange only after the fault was healed.
  EXPECT_GT(id_of(client.next_text()),
            nlohmann::json::parse(newest).at(0).at("id").get<std::uint64_t>() + 100);
}

TEST_F(FaultsOnLoopback, SlowBytesDribbleAndFlowAgainWhenHealed) {
  start();
  Client client{server_->port(), kStreams};
  begin("slow-bytes rate=1000");
  wait_for_trades(50);
  client.drain();
  std::size_t const before = client.bytes();
  auto const begun = std::chrono::steady_clock::now();
  while (client.bytes() < before + 500) ASSERT_TRUE(client.read());
  // A slow machine only makes it later.
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 350ms);
  heal();
  while (client.bytes() < before + 100'000) ASSERT_TRUE(client.read());
}

TEST_F(FaultsOnLoopback, ARefusedUpgradeTellsItsStatusAndWhenToComeBack) {
  start();
  begin("refuse status=429 retry-after=7s");
  Client const refused{server_->port(), kStreams};
  EXPECT_EQ(refused.status(), 429);
  auto const raw = http(server_->port(), "GET", kStreams);
  EXPECT_EQ(raw.status, 426) << "no upgrade was asked for";
  heal();
  Client const taken{server_->port(), kStreams};
  EXPECT_EQ(taken.status(), 101);
}

TEST_F(FaultsOnLoopback, RestAnswersLateOrWithAnErrorWhileItIsDown) {
  start();
  begin("rest-down delay=300ms");
  auto const begun = std::chrono::steady_clock::now();
  EXPECT_EQ(http(server_->rest_port(), "GET", "/api/v3/ping").body, "{}");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 300ms);
  heal();
  begin("rest-down status=418 retry-after=120s");
  auto const banned = http(server_->rest_port(), "GET", "/api/v3/ping");
  EXPECT_EQ(banned.status, 418);
  EXPECT_THAT(banned.head, testing::HasSubstr("Retry-After: 120"));
  heal();
  begin("rest-down");
  EXPECT_EQ(http(server_->rest_port(), "GET", "/api/v3/ping").status, 0);
}

TEST_F(FaultsOnLoopback, TheAdminPortSaysWhatIsWrongWithALine) {
  start();
  auto const wrong = http(server_->admin_port(), "POST", "/faults", "drop\nexplode\n");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_THAT(wrong.body, testing::HasSubstr("line 2: fault: unknown kind 'explode'"));
  EXPECT_EQ(http(server_->admin_port(), "GET", "/faults").body, "{\"faults\":[]}\n");
}

TEST_F(FaultsOnLoopback, TheAdminPortRefusesAPageOfABrowser) {
  start();
  std::string const page = "Origin: https://example.com\r\n";
  for (char const* const method : {"POST", "DELETE"}) {
    EXPECT_EQ(http(server_->admin_port(), method, "/faults", "rest-down\n", page).status, 403);
  }
  EXPECT_EQ(http(server_->admin_port(), "GET", "/faults").body, "{\"faults\":[]}\n");
  EXPECT_EQ(http(server_->admin_port(), "POST", "/faults", "rest-down\n").status, 200);
}

// The verdict of a client with the CA; X509_V_OK when the handshake succeeds.
long verdict_of(std::uint16_t port, std::string const& ca_file, bool& shaken) {
  asio::io_context io;
  asio::ssl::context context{asio::ssl::context::tls_client};
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.load_verify_file(ca_file);
  asio::ssl::stream<tcp::socket> stream{io, context};
  stream.set_verify_mode(asio::ssl::verify_peer);
  X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(stream.native_handle()), "127.0.0.1");
  stream.next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
  boost::system::error_code error;
  stream.handshake(asio::ssl::stream_base::client, error);
  shaken = !error;
  return SSL_get_verify_result(stream.native_handle());
}

TEST_F(FaultsOnLoopback, EveryBadCertificateIsRefusedForItsOwnReason) {
  start(true);
  struct Case {
    std::string kind;
    long verdict;
  };
  for (Case const& one : {Case{"expired", X509_V_ERR_CERT_HAS_EXPIRED},
                          Case{"not-yet-valid", X509_V_ERR_CERT_NOT_YET_VALID},
                          Case{"wrong-host", X509_V_ERR_IP_ADDRESS_MISMATCH},
                          Case{"self-signed", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT},
                          Case{"unknown-ca", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY},
                          Case{"old-tls", X509_V_OK}}) {
    begin("bad-certificate kind=" + one.kind);
    bool shaken = true;
    EXPECT_EQ(verdict_of(server_->port(), server_->ca_file(), shaken), one.verdict) << one.kind;
    EXPECT_FALSE(shaken) << one.kind;
    heal();
    EXPECT_EQ(verdict_of(server_->port(), server_->ca_file(), shaken), X509_V_OK);
    EXPECT_TRUE(shaken);
  }
}

}  // namespace
}  // namespace k2::sim
