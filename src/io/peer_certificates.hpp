// The certificates that the other side of a TLS connection showed, as a person reads them.
#pragma once

#include "core/time.hpp"

#include <openssl/ssl.h>

#include <string>
#include <vector>

namespace k2::io {

struct PeerCertificate {
  /// The subject in one line, most specific part first, as RFC 2253 writes names.
  std::string subject;
  std::string issuer;
  UtcTime not_after{};
};

/// The peer's own certificate first; empty when it showed none.
[[nodiscard]] std::vector<PeerCertificate> read_peer_certificates(SSL* connection);

}  // namespace k2::io
