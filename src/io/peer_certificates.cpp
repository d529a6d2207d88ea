#include "io/peer_certificates.hpp"

#include <openssl/bio.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string_view>

namespace k2::io {
namespace {

std::string name_text(X509_NAME const* name) {
  std::unique_ptr<BIO, decltype(&BIO_free)> const memory{BIO_new(BIO_s_mem()), &BIO_free};
  if (!memory || X509_NAME_print_ex(memory.get(), name, 0, XN_FLAG_RFC2253) < 0) return "?";
  char* text = nullptr;
  auto const size = BIO_get_mem_data(memory.get(), &text);
  return std::string{text, static_cast<std::size_t>(size)};
}

UtcTime time_of(ASN1_TIME const* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return UtcTime{std::chrono::seconds{timegm(&parts)}};
}

}  // namespace

std::vector<PeerCertificate> read_peer_certificates(SSL* connection) {
  std::vector<PeerCertificate> shown;
  auto* const chain = SSL_get_peer_cert_chain(connection);
  for (int at = 0; chain != nullptr && at < sk_X509_num(chain); ++at) {
    X509 const* const certificate = sk_X509_value(chain, at);
    shown.push_back({.subject = name_text(X509_get_subject_name(certificate)),
                     .issuer = name_text(X509_get_issuer_name(certificate)),
                     .not_after = time_of(X509_get0_notAfter(certificate))});
  }
  return shown;
}

}  // namespace k2::io
