// The TLS configurations of the exchange simulator: the valid one, and those that a client must
// refuse. All certificates are made at the start, by one authority. Its folder is the user's.
#pragma once

#include "core/result.hpp"
#include "io/tls_context.hpp"
#include "tools/sim/fault_spec.hpp"

#include <map>
#include <string>
#include <vector>

namespace k2::sim {

class TlsProfiles {
 public:
  /// Writes ca.pem, server.pem and server.key into an existing folder, and the bad certificates
  /// below it, for the host names and addresses given.
  /// Errors: kFileFailed naming the file.
  [[nodiscard]] static Result<TlsProfiles> make(std::string const& folder,
                                                std::vector<std::string> const& names);

  /// The file of the authority that clients must trust.
  [[nodiscard]] std::string const& ca_file() const noexcept { return ca_file_; }
  [[nodiscard]] SSL_CTX* of(TlsFault fault) const { return contexts_.at(fault).get(); }

 private:
  std::string ca_file_;
  std::map<TlsFault, io::SslCtx> contexts_;
};

}  // namespace k2::sim
