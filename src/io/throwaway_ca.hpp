// A certificate authority that lives as long as a run. It signs one server certificate for this
// machine's own names, for servers in place of real ones. Its private key is never written.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace k2::io {

/// The paths of the three PEM files: the authority that a client trusts, and the server's
/// certificate and key.
struct ThrowawayCa {
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
};

/// The flaw of the server's certificate, for clients that must refuse it.
enum class CertificateFlaw : std::uint8_t { kNone, kExpired, kNotYetValid, kSelfSigned };

/// The authority itself, for servers that show several certificates to the same clients.
class ThrowawayAuthority {
 public:
  ThrowawayAuthority();
  ~ThrowawayAuthority();
  ThrowawayAuthority(ThrowawayAuthority const&) = delete;
  ThrowawayAuthority& operator=(ThrowawayAuthority const&) = delete;

  /// Does what make_throwaway_ca() does, with this authority.
  /// Errors: kFileFailed when a file cannot be written.
  [[nodiscard]] Result<ThrowawayCa> write(std::string const& folder,
                                          std::vector<std::string> const& names,
                                          CertificateFlaw flaw = CertificateFlaw::kNone) const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Makes ca.pem, server.pem and server.key in an existing folder, valid for a week around now, for
/// the host names and IP addresses given. The key's file is for its owner only.
/// Errors: kFileFailed when a file cannot be written.
[[nodiscard]] Result<ThrowawayCa> make_throwaway_ca(std::string const& folder,
                                                    std::vector<std::string> const& names,
                                                    CertificateFlaw flaw = CertificateFlaw::kNone);

}  // namespace k2::io
