// The TLS context of the connections to the exchange, made anew when the file of custom_ca_bundle
// has changed: authorities are rotated while a stream runs for months. A bundle that cannot be read
// changes nothing. The shard's thread.
#pragma once

#include "io/tls_context.hpp"

#include <cstdint>
#include <ctime>
#include <sys/types.h>

namespace k2::io {

class TlsClient {
 public:
  /// Errors: kFileFailed when the bundle cannot be read, naming the file and the remedy.
  [[nodiscard]] static Result<TlsClient> make(TlsClientOptions options);

  /// The context for a new connection; those that exist keep theirs.
  [[nodiscard]] SSL_CTX* context();

 private:
  /// A file's state, as far as a change shows.
  struct State {
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t changed_ns = 0;
    friend bool operator==(State const&, State const&) = default;
  };
  TlsClient(TlsClientOptions options, SslCtx context, State state);
  [[nodiscard]] static State state_of(std::string const& file);

  TlsClientOptions options_;
  SslCtx context_;
  State state_;
};

}  // namespace k2::io
