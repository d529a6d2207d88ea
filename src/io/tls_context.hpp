// The two kinds of TLS context: a client that verifies (TLS 1.2 or newer, system CA store plus an
// optional bundle) and a server with its certificate. Made once at start-up, shared by all
// connections of the process; reading it from several threads is safe (OpenSSL counts references).
#pragma once

#include "core/result.hpp"

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>

namespace k2::io {

struct SslCtxDeleter {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using SslCtx = std::unique_ptr<SSL_CTX, SslCtxDeleter>;

struct TlsClientOptions {
  /// False accepts any certificate: for a laboratory only, and warned of at each start.
  bool verify = true;
  /// PEM file whose certificates are trusted besides the system's; empty for none.
  std::string custom_ca_bundle{};
};

/// A context for connections to the exchange.
/// Errors: kFileFailed when the bundle cannot be read, naming the file and the remedy.
[[nodiscard]] Result<SslCtx> make_tls_client(TlsClientOptions const& options);

/// A context for a server that shows the given PEM certificate chain.
/// Errors: kFileFailed naming the file.
[[nodiscard]] Result<SslCtx> make_tls_server(std::string const& certificate_file,
                                             std::string const& key_file);

/// Sets the name or address that the peer's certificate must carry, strictly (RFC 6125): a wildcard
/// matches one whole label, and the subject's common name never counts.
void expect_name(X509_VERIFY_PARAM* checked, std::string const& host);

/// Sets SNI and the name or address that the peer's certificate must carry.
void expect_peer(SSL* connection, std::string const& host);

/// The oldest error in OpenSSL's queue of this thread as text; empties the queue.
[[nodiscard]] std::string take_openssl_error();

/// The ciphers below TLS 1.3: forward secrecy with an AEAD, and keys of at least 112 bits of
/// security (level 2), regardless of the system's openssl.cnf. The exchange offers several of them.
/// Source: `openssl ciphers`.
inline constexpr char const* kTlsCiphers =
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:@SECLEVEL=2";

/// Returns the remedy for a certificate that was refused with this X509_V_ERR_... code.
[[nodiscard]] std::string_view certificate_remedy(long verify_result);

/// Returns the reason of a failed handshake and the remedy: kTlsCertificate when the certificate
/// was refused, otherwise kTlsHandshake. Empties OpenSSL's error queue.
[[nodiscard]] Error handshake_error(SSL* connection, std::string const& host);

/// Returns the error of a handshake during which the peer closed the connection.
/// Errors: always kTlsHandshake.
[[nodiscard]] Error cut_handshake_error(std::string const& host, std::string const& why);

/// The remedy for a handshake that failed for another reason than the certificate, if nothing more
/// is known.
inline constexpr std::string_view kHandshakeRemedy =
    "K2 speaks TLS 1.2 or newer with strong ciphers only; the server, or whatever inspects TLS on "
    "the way, must offer them; check host and port of the URL, too";

}  // namespace k2::io
