// Tests whether a connection to the exchange delivers anything: opens one, waits for its first
// market data and closes it. An upgrade alone proves nothing. For `k2 check`; blocks its caller.
#pragma once

#include "core/result.hpp"
#include "io/ws_line.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace k2::io {

struct LineProof {
  /// "address:port TLSv1.3 TLS_AES_256_GCM_SHA384".
  std::string description;
  std::vector<PeerCertificate> certificates;
  /// Time from the upgrade to the first frame of market data; empty when none arrived in time.
  std::optional<std::chrono::milliseconds> first_data;
};

/// `target` names the streams; `tls` and `proxy` as WsLine::open takes them.
/// Errors: those of a connection that cannot be established, or ends during the wait for data.
[[nodiscard]] Result<LineProof> prove_line(feed::Endpoint const& endpoint,
                                           std::string const& target, SSL_CTX* tls,
                                           std::optional<Proxy> proxy,
                                           std::chrono::milliseconds patience);

}  // namespace k2::io
