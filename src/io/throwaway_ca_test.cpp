#include "io/throwaway_ca.hpp"

#include "io/tls_context.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sys/stat.h>

namespace k2::io {
namespace {

struct SslFree {
  void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
};
using Ssl = std::unique_ptr<SSL, SslFree>;

class ThrowawayCaOnDisk : public testing::Test {
 protected:
  ThrowawayCaOnDisk() {
    std::string pattern = testing::TempDir() + "k2-ca-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
    files_ = make_throwaway_ca(folder_, {"localhost", "127.0.0.1", "::1"}).value();
  }
  ~ThrowawayCaOnDisk() override { std::filesystem::remove_all(folder_); }

  // Shakes hands in memory as a client that expects this host; the error, or kOk.
  Errc shake_hands(std::string const& ca_file, std::string const& host) {
    auto const server_context = make_tls_server(files_.certificate_file, files_.key_file).value();
    TlsClientOptions options;
    options.custom_ca_bundle = ca_file;
    auto const client_context = make_tls_client(options).value();
    Ssl const client{SSL_new(client_context.get())};
    Ssl const server{SSL_new(server_context.get())};
    BIO* client_bio = nullptr;
    BIO* server_bio = nullptr;
    BIO_new_bio_pair(&client_bio, 0, &server_bio, 0);
    SSL_set_bio(client.get(), client_bio, client_bio);
    SSL_set_bio(server.get(), server_bio, server_bio);
    SSL_set_connect_state(client.get());
    SSL_set_accept_state(server.get());
    expect_peer(client.get(), host);
    for (int i = 0; i < 10; ++i) {
      int const result = SSL_do_handshake(client.get());
      if (result == 1) return Errc::kOk;
      if (SSL_get_error(client.get(), result) != SSL_ERROR_WANT_READ) {
        return handshake_error(client.get(), host).code;
      }
      SSL_do_handshake(server.get());
    }
    return Errc::kTimeout;
  }

  std::string folder_;
  ThrowawayCa files_;
};

TEST_F(ThrowawayCaOnDisk, IsTrustedForItsNamesByWhoeverKnowsIt) {
  for (std::string const host : {"localhost", "127.0.0.1", "::1"}) {
    EXPECT_EQ(shake_hands(files_.ca_file, host), Errc::kOk) << host;
  }
}

TEST_F(ThrowawayCaOnDisk, IsRefusedForOtherNamesAndByWhoeverDoesNotKnowIt) {
  EXPECT_EQ(shake_hands(files_.ca_file, "example.com"), Errc::kTlsCertificate);
  EXPECT_EQ(shake_hands("", "localhost"), Errc::kTlsCertificate);
}

TEST_F(ThrowawayCaOnDisk, ItsKeyIsForItsOwnerOnly) {
  struct stat info{};
  ASSERT_EQ(::stat(files_.key_file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
}

TEST(ThrowawayCa, SaysWhenAFolderIsNotThere) {
  auto const made = make_throwaway_ca("/nowhere/at/all", {"localhost"});
  ASSERT_TRUE(made.has_error());
  EXPECT_THAT(made.error().detail, testing::HasSubstr("/nowhere/at/all: No such file"));
}

}  // namespace
}  // namespace k2::io
