// One list of authorities and one comparison of names, for REST as for the streams.
#include "io/curl_trust.hpp"

#include "io/http_server.hpp"
#include "io/https_client.hpp"
#include "io/throwaway_ca.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using testing::HasSubstr;

class CurlTrustTest : public testing::Test {
 protected:
  ~CurlTrustTest() override {
    ::unsetenv("SSL_CERT_FILE");
    asio::post(server_io_, [this] {
      server_.reset();
      guard_.reset();
    });
    thread_.join();
  }

  /// Returns the reply to a client that trusts the bundle.
  Result<HttpReply> get(std::string const& bundle) {
    HttpsClientOptions options;
    options.endpoints = {
        {.tls = true, .host = "localhost", .port = std::to_string(port_), .base_path = {}}};
    options.custom_ca_bundle = bundle;
    HttpsClient client{io_, std::move(options)};
    std::optional<Result<HttpReply>> answer;
    auto const work = asio::make_work_guard(io_);
    io_.restart();  // it stopped when it had no work after an earlier request
    client.get("/", [&](Result<HttpReply> reply) { answer = std::move(reply); });
    while (!answer) io_.run_one();
    return *std::move(answer);
  }

  test::TempDir folder_;
  ThrowawayCa files_ = make_throwaway_ca(folder_.path().string(), {"localhost"}).value();
  SslCtx tls_ = make_tls_server(files_.certificate_file, files_.key_file).value();
  asio::io_context server_io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> guard_{server_io_.get_executor()};
  std::unique_ptr<HttpServer> server_ =
      std::make_unique<HttpServer>(server_io_, tls_.get(), HttpLimits{},
                                   [](HttpServerRequest const&) { return HttpServerReply{}; });
  std::uint16_t port_ = server_->listen("127.0.0.1", 0).value();
  asio::io_context io_;
  std::thread thread_{[this] { server_io_.run(); }};
};

TEST_F(CurlTrustTest, TakesTheBundleAndNobodyElse) {
  auto const refused = get("");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::kTlsCertificate);
  EXPECT_THAT(refused.error().detail, HasSubstr("custom_ca_bundle"));
  EXPECT_TRUE(get(files_.ca_file));
}

TEST_F(CurlTrustTest, TakesTheAuthoritiesThatOpenSslTakes) {
  ASSERT_EQ(::setenv("SSL_CERT_FILE", files_.ca_file.c_str(), 1), 0);
  EXPECT_TRUE(get("")) << "the streams trust it, so REST does";
}

TEST_F(CurlTrustTest, SaysWhichBundleItCannotRead) {
  auto const refused = get("/no/such/file.pem");
  ASSERT_TRUE(refused.has_error());
  EXPECT_EQ(refused.error().code, Errc::kTlsCertificate);
  EXPECT_THAT(refused.error().detail, HasSubstr("/no/such/file.pem"));
}

TEST(TlsName, TakesAWildcardForOneWholeLabelOnly) {
  test::TempDir const folder;
  auto const matches = [&folder](std::string const& pattern, std::string const& host) {
    auto const files = make_throwaway_ca(folder.path().string(), {pattern}).value();
    std::unique_ptr<BIO, decltype(&BIO_free)> const file{
        BIO_new_file(files.certificate_file.c_str(), "r"), &BIO_free};
    std::unique_ptr<X509, decltype(&X509_free)> const shown{
        PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), &X509_free};
    auto const trusted = make_tls_client({.custom_ca_bundle = files.ca_file}).value();
    std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> const check{
        X509_STORE_CTX_new(), &X509_STORE_CTX_free};
    X509_STORE_CTX_init(check.get(), SSL_CTX_get_cert_store(trusted.get()), shown.get(), nullptr);
    expect_name(X509_STORE_CTX_get0_param(check.get()), host);
    return X509_verify_cert(check.get()) == 1;
  };
  EXPECT_TRUE(matches("stream.example.test", "stream.example.test"));
  EXPECT_TRUE(matches("*.example.test", "stream.example.test"));
  EXPECT_FALSE(matches("*.example.test", "a.stream.example.test"));
  EXPECT_FALSE(matches("str*.example.test", "stream.example.test"));
  EXPECT_FALSE(matches("*.example.test", "example.test"));
  EXPECT_TRUE(matches("127.0.0.1", "127.0.0.1"));
  EXPECT_FALSE(matches("127.0.0.1", "127.0.0.2"));
}

TEST(TlsContext, SaysThatDescriptorsRanOut) {
  test::TempDir const folder;
  auto const files = make_throwaway_ca(folder.path().string(), {"localhost"}).value();
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  int const next = ::dup(STDERR_FILENO);
  ::close(next);
  rlimit const none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  auto const client = make_tls_client({.custom_ca_bundle = files.ca_file});
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_TRUE(client.has_error());
  EXPECT_THAT(client.error().detail, HasSubstr("ulimit -n"));
  EXPECT_THAT(client.error().detail, testing::Not(HasSubstr("custom_ca_bundle")));
}

}  // namespace
}  // namespace k2::io
