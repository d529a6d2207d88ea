#include "io/throwaway_ca.hpp"

#include "core/assert.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>

namespace k2::io {
namespace {

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const noexcept {
    kFree(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

// A day of the past allows for clocks that are behind.
constexpr long kValidBefore = -24L * 3600;
constexpr long kValidAfter = 7L * 24 * 3600;

void add_extension(X509* certificate, X509* issuer, int nid, std::string const& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, text.c_str());
  K2_ASSERT(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

Certificate blank_certificate(EVP_PKEY* key, char const* name) {
  Certificate certificate{X509_new()};
  K2_ASSERT(certificate);
  X509_set_version(certificate.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), kValidBefore);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kValidAfter);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<unsigned char const*>(name), -1, -1, 0);
  return certificate;
}

Certificate make_ca(EVP_PKEY* key) {
  Certificate ca = blank_certificate(key, "K2 throw-away CA");
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  add_extension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(ca.get(), ca.get(), NID_subject_key_identifier, "hash");
  K2_ASSERT(X509_sign(ca.get(), key, EVP_sha256()) > 0);
  return ca;
}

std::string alternative_names(std::vector<std::string> const& names) {
  std::string text;
  for (std::string const& name : names) {
    boost::system::error_code not_an_address;
    (void)boost::asio::ip::make_address(name, not_an_address);
    if (!text.empty()) text += ',';
    text += (not_an_address ? "DNS:" : "IP:") + name;
  }
  return text;
}

void set_validity(X509* certificate, CertificateFlaw flaw) {
  if (flaw == CertificateFlaw::kExpired) {
    X509_gmtime_adj(X509_getm_notAfter(certificate), -3600);
  } else if (flaw == CertificateFlaw::kNotYetValid) {
    X509_gmtime_adj(X509_getm_notBefore(certificate), 24L * 3600);
  }
}

Certificate make_server(EVP_PKEY* key, X509* ca, EVP_PKEY* ca_key,
                        std::vector<std::string> const& names, CertificateFlaw flaw) {
  Certificate server = blank_certificate(key, names.front().c_str());
  set_validity(server.get(), flaw);
  if (flaw == CertificateFlaw::kSelfSigned) {
    ca = server.get();
    ca_key = key;
  }
  X509_set_issuer_name(server.get(), X509_get_subject_name(ca));
  add_extension(server.get(), ca, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(server.get(), ca, NID_key_usage, "critical,digitalSignature");
  add_extension(server.get(), ca, NID_ext_key_usage, "serverAuth");
  add_extension(server.get(), ca, NID_subject_alt_name, alternative_names(names));
  add_extension(server.get(), ca, NID_subject_key_identifier, "hash");
  add_extension(server.get(), ca, NID_authority_key_identifier, "keyid:always");
  K2_ASSERT(X509_sign(server.get(), ca_key, EVP_sha256()) > 0);
  return server;
}

Errc write_file(std::string const& path, BIO* bio) {
  char* bytes = nullptr;
  long const size = BIO_get_mem_data(bio, &bytes);
  ::unlink(path.c_str());
  int const fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Errc::kFileFailed;
  bool const written = ::write(fd, bytes, static_cast<std::size_t>(size)) == size;
  return ::close(fd) == 0 && written ? Errc::kOk : Errc::kFileFailed;
}

Errc write_certificate(std::string const& path, X509* certificate) {
  Bio const bio{BIO_new(BIO_s_mem())};
  K2_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return write_file(path, bio.get());
}

Errc write_key(std::string const& path, EVP_PKEY* key) {
  Bio const bio{BIO_new(BIO_s_mem())};
  K2_ASSERT(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return write_file(path, bio.get());
}

}  // namespace

struct ThrowawayAuthority::Parts {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
};

ThrowawayAuthority::ThrowawayAuthority() : parts_(std::make_unique<Parts>()) {
  K2_ASSERT(parts_->key);
  parts_->certificate = make_ca(parts_->key.get());
}

ThrowawayAuthority::~ThrowawayAuthority() = default;

Result<ThrowawayCa> ThrowawayAuthority::write(std::string const& folder,
                                              std::vector<std::string> const& names,
                                              CertificateFlaw flaw) const {
  K2_ASSERT(!names.empty());
  X509* const ca = parts_->certificate.get();
  Key const server_key{EVP_EC_gen("P-256")};
  K2_ASSERT(server_key);
  Certificate const server = make_server(server_key.get(), ca, parts_->key.get(), names, flaw);
  ThrowawayCa files{folder + "/ca.pem", folder + "/server.pem", folder + "/server.key"};
  bool const written = write_certificate(files.ca_file, ca) == Errc::kOk &&
                       write_certificate(files.certificate_file, server.get()) == Errc::kOk &&
                       write_key(files.key_file, server_key.get()) == Errc::kOk;
  if (!written) return Error{Errc::kFileFailed, folder + ": " + std::strerror(errno)};
  return files;
}

Result<ThrowawayCa> make_throwaway_ca(std::string const& folder,
                                      std::vector<std::string> const& names, CertificateFlaw flaw) {
  return ThrowawayAuthority{}.write(folder, names, flaw);
}

}  // namespace k2::io
