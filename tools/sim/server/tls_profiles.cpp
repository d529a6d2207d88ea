#include "tools/sim/server/tls_profiles.hpp"

#include "io/throwaway_ca.hpp"

#include <array>
#include <filesystem>
#include <string_view>
#include <utility>

namespace k2::sim {
namespace {

struct BadCertificate {
  TlsFault fault;
  std::string_view folder;
  io::CertificateFlaw flaw;
};

constexpr std::array<BadCertificate, 5> kBad{{
    {TlsFault::kExpired, "expired", io::CertificateFlaw::kExpired},
    {TlsFault::kNotYetValid, "not-yet-valid", io::CertificateFlaw::kNotYetValid},
    {TlsFault::kSelfSigned, "self-signed", io::CertificateFlaw::kSelfSigned},
    {TlsFault::kWrongHost, "wrong-host", io::CertificateFlaw::kNone},
    {TlsFault::kUnknownCa, "unknown-ca", io::CertificateFlaw::kNone},
}};

Result<io::SslCtx> context_of(Result<io::ThrowawayCa> const& files) {
  if (!files) return files.error();
  return io::make_tls_server(files->certificate_file, files->key_file);
}

// OpenSSL itself refuses TLS 1.1 unless its own security level is lowered.
void speak_only_old_tls(SSL_CTX* context) {
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
}

}  // namespace

Result<TlsProfiles> TlsProfiles::make(std::string const& folder,
                                      std::vector<std::string> const& names) {
  TlsProfiles profiles;
  io::ThrowawayAuthority const authority;
  io::ThrowawayAuthority const stranger;
  auto const good = authority.write(folder, names);
  if (!good) return good.error();
  profiles.ca_file_ = good->ca_file;
  for (TlsFault const fault : {TlsFault::kNone, TlsFault::kOldTls}) {
    auto context = context_of(good);
    if (!context) return context.error();
    if (fault == TlsFault::kOldTls) speak_only_old_tls(context->get());
    profiles.contexts_[fault] = std::move(*context);
  }
  for (BadCertificate const& bad : kBad) {
    std::string const below = (std::filesystem::path{folder} / "bad" / bad.folder).string();
    std::error_code error;
    std::filesystem::create_directories(below, error);
    if (error) return Error{Errc::kFileFailed, below + ": " + error.message()};
    bool const elsewhere = bad.fault == TlsFault::kWrongHost;
    auto const& signer = bad.fault == TlsFault::kUnknownCa ? stranger : authority;
    auto context = context_of(signer.write(
        below, elsewhere ? std::vector<std::string>{"elsewhere.invalid"} : names, bad.flaw));
    if (!context) return context.error();
    profiles.contexts_[bad.fault] = std::move(*context);
  }
  return profiles;
}

}  // namespace k2::sim
