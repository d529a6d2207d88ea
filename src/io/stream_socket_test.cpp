// Tests both ends of a stream on the loopback: bytes over TLS and plain, and every certificate that
// a client must refuse, with its error.
#include "io/stream_socket.hpp"

#include "io/throwaway_ca.hpp"
#include "io/tls_context.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <sys/socket.h>

namespace k2::io {
namespace {

using boost::asio::ip::tcp;
using testing::HasSubstr;
using testing::StartsWith;

constexpr std::chrono::seconds kPatience{10};
/// A host name, as far as certificates are concerned, that every resolver knows without a query.
constexpr char const* kName = "127.1";

/// A server with one connection, and a client of it.
class Pair {
 public:
  explicit Pair(SSL_CTX* server_tls) : server_tls_(server_tls) {
    acceptor_.async_accept([this](boost::system::error_code const& error, tcp::socket socket) {
      if (error) return;
      server_handle_ = socket.native_handle();
      server_ =
          StreamSocket::accept(std::move(socket), server_tls_, kPatience,
                               {.on_open = [] {},
                                .on_data = [this] { echo(); },
                                .on_close = [this](Error const& why) { server_closed_ = why; },
                                .on_drained = {}});
    });
  }

  /// Connects and waits until the handshake succeeded or failed.
  void connect(std::string const& host, SSL_CTX* tls) {
    std::string const port = std::to_string(acceptor_.local_endpoint().port());
    client_ = StreamSocket::connect(io_, host, port, tls, kPatience,
                                    {.on_open = [this] { opened_ = true; },
                                     .on_data = [this] { take(); },
                                     .on_close = [this](Error const& why) { closed_ = why; },
                                     .on_drained = {}});
    run_until([this] { return opened_ || closed_; });
  }

  template <class Condition>
  void run_until(Condition condition) {
    while (!condition()) ASSERT_GT(io_.run_one_for(kPatience), 0U);
  }

  /// Sends through the server and back.
  std::string echoed(std::string const& text) {
    received_.clear();
    client_->write(text);
    client_->flush();
    run_until([&] { return received_.size() >= text.size() || closed_; });
    return received_;
  }

  /// The server's side of the wire brings what is no TLS; the client closes when it has seen it.
  void break_session() {
    closes_when_broken_ = true;
    std::string_view const record{"\x17\x03\x03\x00\x05hello", 10};
    ASSERT_EQ(::send(server_handle_, record.data(), record.size(), 0), 10);
    run_until([this] { return closed_.has_value(); });
  }

  StreamSocket& client() { return *client_; }
  StreamSocket& server() { return *server_; }
  bool opened() const { return opened_; }
  std::optional<Error> const& closed() const { return closed_; }
  std::optional<Error> const& server_closed() const { return server_closed_; }
  void end() {
    if (client_) client_->reset();
    if (server_) server_->reset();
    io_.run_for(kPatience);
  }

 private:
  void echo() {
    char buffer[4096];
    while (std::size_t const size = server_->read(buffer)) server_->write({buffer, size});
    server_->flush();
  }
  void take() {
    char buffer[4096];
    while (std::size_t const size = client_->read(buffer)) received_.append(buffer, size);
    if (closes_when_broken_) client_->close();
  }

  SSL_CTX* server_tls_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::shared_ptr<StreamSocket> server_;
  int server_handle_ = -1;
  bool closes_when_broken_ = false;
  std::shared_ptr<StreamSocket> client_;
  std::string received_;
  bool opened_ = false;
  std::optional<Error> closed_;
  std::optional<Error> server_closed_;
};

/// A server's certificate and the client that is to judge it.
struct Tls {
  explicit Tls(std::vector<std::string> const& names = {kName, "127.0.0.1"},
               CertificateFlaw flaw = CertificateFlaw::kNone)
      : files(make_throwaway_ca(dir.path(), names, flaw).value()),
        server(make_tls_server(files.certificate_file, files.key_file).value()),
        client(make_tls_client({.custom_ca_bundle = files.ca_file}).value()) {}

  test::TempDir dir;
  ThrowawayCa files;
  SslCtx server;
  SslCtx client;
};

/// Returns the error of a client that trusts the CA and connects to this server.
std::optional<Error> refusal(Tls const& tls, std::string const& host = kName) {
  Pair pair{tls.server.get()};
  pair.connect(host, tls.client.get());
  auto const closed = pair.closed();
  pair.end();
  return closed;
}

TEST(StreamSocket, CarriesBytesBothWaysOverVerifiedTls) {
  Tls const tls;
  Pair pair{tls.server.get()};
  pair.connect(kName, tls.client.get());
  ASSERT_TRUE(pair.opened());
  EXPECT_EQ(pair.echoed("hello"), "hello");
  std::string const large(300'000, 'x');
  EXPECT_EQ(pair.echoed(large), large);
  EXPECT_THAT(pair.client().tls_description(), StartsWith("TLSv1.3 "));
  EXPECT_THAT(pair.client().peer(), StartsWith("127.0.0.1:"));
  pair.end();
}

TEST(StreamSocket, CarriesBytesBothWaysWithoutTls) {
  Pair pair{nullptr};
  pair.connect("127.0.0.1", nullptr);
  EXPECT_EQ(pair.echoed("hello"), "hello");
  EXPECT_EQ(pair.client().tls_description(), "plain");
  pair.end();
}

TEST(StreamSocket, TellsTheOtherSideThatItCloses) {
  Tls const tls;
  Pair pair{tls.server.get()};
  pair.connect(kName, tls.client.get());
  EXPECT_EQ(pair.echoed("hello"), "hello");
  pair.server().close();
  pair.run_until([&] { return pair.closed().has_value(); });
  EXPECT_EQ(pair.closed()->code, Errc::kConnectionClosed);
  EXPECT_THAT(pair.closed()->detail, HasSubstr("ended the TLS session"));
  pair.end();
}

TEST(StreamSocket, NoticesAReset) {
  Tls const tls;
  Pair pair{tls.server.get()};
  pair.connect(kName, tls.client.get());
  EXPECT_EQ(pair.echoed("hello"), "hello");
  pair.server().reset();
  pair.run_until([&] { return pair.closed().has_value(); });
  EXPECT_EQ(pair.closed()->code, Errc::kConnectionClosed);
  pair.end();
}

TEST(StreamSocket, LeavesNoTroubleOfABrokenSessionForTheNextOneOfTheThread) {
  Tls const tls;
  Pair well{tls.server.get()};
  well.connect(kName, tls.client.get());
  EXPECT_EQ(well.echoed("hello"), "hello");  // what is left of its handshake would clear the queue
  Pair broken{tls.server.get()};
  broken.connect(kName, tls.client.get());
  EXPECT_EQ(broken.echoed("hello"), "hello");
  broken.break_session();
  EXPECT_THAT(broken.closed()->detail, HasSubstr("TLS"));
  EXPECT_EQ(well.echoed("still there"), "still there");
  EXPECT_EQ(well.closed(), std::nullopt);
  EXPECT_EQ(well.server_closed(), std::nullopt);
  well.end();
  broken.end();
}

TEST(StreamSocket, SaysWhenNobodyListens) {
  boost::asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::string const port = std::to_string(acceptor.local_endpoint().port());
  acceptor.close();
  std::optional<Error> closed;
  auto const socket = StreamSocket::connect(io, "127.0.0.1", port, nullptr, kPatience,
                                            {.on_open = [] {},
                                             .on_data = [] {},
                                             .on_close = [&](Error const& why) { closed = why; },
                                             .on_drained = {}});
  io.run();
  ASSERT_TRUE(closed);
  EXPECT_EQ(closed->code, Errc::kConnectFailed);
}

TEST(StreamSocket, GivesUpOnAServerThatNeverShakesHands) {
  boost::asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint{boost::asio::ip::make_address("127.0.0.1"), 0}};
  Tls const tls;
  std::optional<Error> closed;
  auto const socket =
      StreamSocket::connect(io, "127.0.0.1", std::to_string(acceptor.local_endpoint().port()),
                            tls.client.get(), std::chrono::milliseconds{50},
                            {.on_open = [] {},
                             .on_data = [] {},
                             .on_close = [&](Error const& why) { closed = why; },
                             .on_drained = {}});
  while (!closed) ASSERT_GT(io.run_one_for(kPatience), 0U);
  EXPECT_EQ(closed->code, Errc::kTimeout);
}

TEST(TlsVerification, AcceptsAnAddressThatTheCertificateNames) {
  EXPECT_EQ(refusal(Tls{}, "127.0.0.1"), std::nullopt);
}

struct Refused {
  char const* name;
  std::vector<std::string> names;
  CertificateFlaw flaw;
  char const* host;
  char const* cause;
  char const* remedy;
};

/// ctest puts what is printed into the test's name, and a name must not change from run to run.
void PrintTo(Refused const& refused, std::ostream* out) {
  *out << refused.name;
}

class TlsRefusal : public testing::TestWithParam<Refused> {};

TEST_P(TlsRefusal, NamesCauseAndRemedy) {
  auto const error = refusal(Tls{GetParam().names, GetParam().flaw}, GetParam().host);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kTlsCertificate);
  EXPECT_THAT(error->detail, HasSubstr(GetParam().cause));
  EXPECT_THAT(error->detail, HasSubstr(GetParam().remedy));
}

INSTANTIATE_TEST_SUITE_P(Matrix, TlsRefusal,
                         testing::Values(Refused{"Expired",
                                                 {kName},
                                                 CertificateFlaw::kExpired,
                                                 kName,
                                                 "certificate has expired",
                                                 "must renew it"},
                                         Refused{"NotYetValid",
                                                 {kName},
                                                 CertificateFlaw::kNotYetValid,
                                                 kName,
                                                 "not yet valid",
                                                 "check this machine's clock"},
                                         Refused{"SelfSigned",
                                                 {kName},
                                                 CertificateFlaw::kSelfSigned,
                                                 kName,
                                                 "self-signed certificate",
                                                 "custom_ca_bundle"},
                                         Refused{"OtherHost",
                                                 {"example.com"},
                                                 CertificateFlaw::kNone,
                                                 kName,
                                                 "hostname mismatch",
                                                 "check the URL"},
                                         Refused{"OtherAddress",
                                                 {"127.0.0.2"},
                                                 CertificateFlaw::kNone,
                                                 "127.0.0.1",
                                                 "IP address mismatch",
                                                 "check the URL"}),
                         [](auto const& one) { return one.param.name; });

TEST(TlsVerification, RefusesAnAuthorityThatNobodyTrusts) {
  Tls tls;
  tls.client = make_tls_client({}).value();
  auto const error = refusal(tls);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kTlsCertificate);
  EXPECT_THAT(error->detail, HasSubstr("custom_ca_bundle"));
}

TEST(TlsVerification, TakesAnythingWhenItIsTurnedOff) {
  Tls tls{{"example.com"}, CertificateFlaw::kExpired};
  tls.client = make_tls_client({.verify = false}).value();
  EXPECT_EQ(refusal(tls), std::nullopt);
}

TEST(TlsVerification, RefusesProtocolsOlderThanOnePointTwo) {
  Tls tls;
  SSL_CTX_set_security_level(tls.server.get(), 0);
  SSL_CTX_set_min_proto_version(tls.server.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(tls.server.get(), TLS1_1_VERSION);
  auto const error = refusal(tls);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, Errc::kTlsHandshake);
  EXPECT_THAT(error->detail, HasSubstr(kName));
}

TEST(TlsContext, NamesTheFileThatItCannotRead) {
  auto const client = make_tls_client({.custom_ca_bundle = "/no/such/file.pem"});
  ASSERT_TRUE(client.has_error());
  EXPECT_THAT(client.error().detail, HasSubstr("/no/such/file.pem"));
  auto const server = make_tls_server("/no/such/server.pem", "/no/such/server.key");
  ASSERT_TRUE(server.has_error());
  EXPECT_EQ(server.error().code, Errc::kFileFailed);
}

}  // namespace
}  // namespace k2::io
