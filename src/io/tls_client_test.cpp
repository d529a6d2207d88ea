#include "io/tls_client.hpp"

#include "io/throwaway_ca.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace k2::io {
namespace {

namespace fs = std::filesystem;

/// Puts a new authority's file into a folder of its own.
fs::path new_authority(fs::path const& folder) {
  fs::create_directories(folder);
  return make_throwaway_ca(folder.string(), {"example.com"})->ca_file;
}

TEST(TlsClient, ReadsABundleAgainThatWasReplaced) {
  test::TempDir const dir;
  fs::path const bundle = dir.path() / "bundle.pem";
  fs::rename(new_authority(dir.path() / "first"), bundle);
  auto client = TlsClient::make({.custom_ca_bundle = bundle.string()}).value();
  SSL_CTX* const before = client.context();
  // While it lives, no other context can have its address.
  SSL_CTX_up_ref(before);
  SslCtx const held{before};
  EXPECT_EQ(client.context(), before);
  fs::rename(new_authority(dir.path() / "second"), bundle);
  EXPECT_NE(client.context(), before);
  EXPECT_EQ(client.context(), client.context());
}

TEST(TlsClient, KeepsWhatItHasWhileTheBundleCannotBeRead) {
  test::TempDir const dir;
  fs::path const bundle = dir.path() / "bundle.pem";
  fs::rename(new_authority(dir.path() / "first"), bundle);
  auto client = TlsClient::make({.custom_ca_bundle = bundle.string()}).value();
  SSL_CTX* const before = client.context();
  SSL_CTX_up_ref(before);
  SslCtx const held{before};
  std::ofstream{bundle} << "half a certificate";
  EXPECT_EQ(client.context(), before);
  fs::remove(bundle);
  EXPECT_EQ(client.context(), before);
  fs::rename(new_authority(dir.path() / "second"), bundle);
  EXPECT_NE(client.context(), before);
}

TEST(TlsClient, SaysAtTheStartWhichFileItCannotRead) {
  auto const client = TlsClient::make({.custom_ca_bundle = "/no/such/file.pem"});
  ASSERT_TRUE(client.has_error());
  EXPECT_NE(client.error().detail.find("/no/such/file.pem"), std::string::npos);
}

}  // namespace
}  // namespace k2::io
