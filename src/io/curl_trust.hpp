// Has curl verify servers exactly as the connections to the exchange's streams are verified: by the
// same authorities (OpenSSL's own, and those of a bundle) and by the same comparison of names.
// curl's own list of authorities, which may be another one, is not used. One thread's.
#pragma once

#include "io/tls_client.hpp"

#include <curl/curl.h>

#include <optional>
#include <string>

namespace k2::io {

class CurlTrust {
 public:
  explicit CurlTrust(TlsClientOptions options) : options_(std::move(options)) {}

  /// The state of one transfer; it must outlive the transfer.
  struct Use {
    CurlTrust* trust = nullptr;
    std::string host{};
    /// The failure to read the authorities, if any.
    std::optional<Error> error{};
  };

  /// Sets up a transfer to the URL.
  void apply(CURL* easy, std::string const& url, Use& use);

  /// The context whose authorities count; made with the first transfer.
  /// Errors: those of TlsClient::make().
  [[nodiscard]] Result<SSL_CTX*> context();

 private:
  TlsClientOptions options_;
  std::optional<TlsClient> client_;
};

}  // namespace k2::io
