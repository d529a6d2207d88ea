#include "io/tls_context.hpp"

#include "core/assert.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <cerrno>

namespace k2::io {
namespace {

bool is_address(std::string const& host) {
  boost::system::error_code error;
  (void)boost::asio::ip::make_address(host, error);
  return !error;
}

/// Whatever OpenSSL calls it, this side and the peer have no version or cipher in common.
bool has_nothing_in_common(int reason) {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
    case SSL_R_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_UNKNOWN_CIPHER_RETURNED:
    case SSL_R_DH_KEY_TOO_SMALL:
      return true;
    default:
      return false;
  }
}

std::string failed_handshake(std::string const& host, std::string_view why) {
  std::string text = "TLS handshake with " + host + " failed: ";
  text.append(why).append("; ");
  return text;
}

/// Returns the remedy when the oldest error in OpenSSL's queue is that no more files can be opened;
/// empty for any other error, which stays in the queue.
std::string out_of_descriptors() {
  unsigned long const code = ERR_peek_error();
  if (code == 0 || ERR_GET_LIB(code) != ERR_LIB_SYS) return {};
  // The texts are literals: std::error_category would be a virtual call, and UBSan checks the
  // object of one with a pipe, which cannot be opened here.
  switch (ERR_GET_REASON(code)) {
    case EMFILE:
      ERR_clear_error();
      return "too many open files in this process; raise its limit: ulimit -n, or LimitNOFILE in "
             "the systemd unit";
    case ENFILE:
      ERR_clear_error();
      return "too many open files on this machine; raise the limit of the kernel: sysctl "
             "fs.file-max";
    default:
      return {};
  }
}

}  // namespace

std::string take_openssl_error() {
  unsigned long const code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "no detail";
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

Result<SslCtx> make_tls_client(TlsClientOptions const& options) {
  SslCtx context{SSL_CTX_new(TLS_client_method())};
  K2_ASSERT(context);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  K2_ASSERT(SSL_CTX_set_cipher_list(context.get(), kTlsCiphers) == 1);
  SSL_CTX_set_read_ahead(context.get(), 1);
  SSL_CTX_set_verify(context.get(), options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_default_verify_paths(context.get());
  if (!options.custom_ca_bundle.empty() &&
      SSL_CTX_load_verify_file(context.get(), options.custom_ca_bundle.c_str()) != 1) {
    if (auto why = out_of_descriptors(); !why.empty()) {
      return Error{Errc::kFileFailed, options.custom_ca_bundle + ": " + std::move(why)};
    }
    return Error{Errc::kFileFailed, "custom_ca_bundle '" + options.custom_ca_bundle +
                                        "' is not a readable PEM file of certificates (" +
                                        take_openssl_error() + ")"};
  }
  return context;
}

Result<SslCtx> make_tls_server(std::string const& certificate_file, std::string const& key_file) {
  SslCtx context{SSL_CTX_new(TLS_server_method())};
  K2_ASSERT(context);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_read_ahead(context.get(), 1);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate_file.c_str()) != 1) {
    return Error{Errc::kFileFailed,
                 "certificate '" + certificate_file + "': " + take_openssl_error()};
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return Error{Errc::kFileFailed, "key '" + key_file + "': " + take_openssl_error()};
  }
  return context;
}

void expect_name(X509_VERIFY_PARAM* checked, std::string const& host) {
  if (is_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(checked, host.c_str());
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(
      checked, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM_set1_host(checked, host.c_str(), host.size());
}

void expect_peer(SSL* connection, std::string const& host) {
  expect_name(SSL_get0_param(connection), host);
  if (is_address(host)) return;
  // The SSL_set_tlsext_host_name macro casts away const in the old style.
  SSL_ctrl(connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
           const_cast<char*>(host.c_str()));
}

std::string_view certificate_remedy(long verify_result) {
  switch (verify_result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the server's certificate has expired; check this machine's clock, else the server "
             "must renew it";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the server's certificate is not valid yet; check this machine's clock";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the certificate belongs to another host; check the URL";
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
      return "no trusted CA signed it; if a TLS-inspecting proxy or a private CA is expected, name "
             "its PEM file with custom_ca_bundle";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return "no trusted CA signed it, or the server does not send its intermediate certificates: "
             "it must send the whole chain; if a TLS-inspecting proxy or a private CA is expected, "
             "name its PEM file with custom_ca_bundle";
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL:
    case X509_V_ERR_CA_MD_TOO_WEAK:
      return "its keys or signatures are too weak; the server must get a stronger certificate";
    default:
      return "the server must show a certificate that is valid for its name";
  }
}

Error handshake_error(SSL* connection, std::string const& host) {
  long const verdict = SSL_get_verify_result(connection);
  int const reason = ERR_GET_REASON(ERR_peek_error());
  std::string const detail = take_openssl_error();
  if (verdict != X509_V_OK) {
    std::string text = "the certificate of " + host + " was refused: ";
    text.append(X509_verify_cert_error_string(verdict)).append("; ");
    return Error{Errc::kTlsCertificate, text.append(certificate_remedy(verdict))};
  }
  std::string text = failed_handshake(host, detail);
  if (has_nothing_in_common(reason)) {
    text.append("no TLS version or cipher in common: ").append(kHandshakeRemedy);
  } else if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST) {
    text.append("this is no TLS; check scheme and port of the URL");
  } else {
    text.append(kHandshakeRemedy);
  }
  return Error{Errc::kTlsHandshake, text};
}

Error cut_handshake_error(std::string const& host, std::string const& why) {
  return Error{Errc::kTlsHandshake,
               failed_handshake(host, why) +
                   "a middlebox or the server rejected TLS; check host and "
                   "port of the URL, firewalls, and whether a proxy is needed (binance.proxy_url)"};
}

}  // namespace k2::io
