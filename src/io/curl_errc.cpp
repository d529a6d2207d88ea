#include "io/curl_errc.hpp"

namespace k2::io {

Errc errc_of_curl(CURLcode result) noexcept {
  switch (result) {
    case CURLE_OPERATION_TIMEDOUT:
      return Errc::kTimeout;
    case CURLE_COULDNT_CONNECT:
      return Errc::kConnectFailed;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
      return Errc::kDnsFailed;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return Errc::kTlsCertificate;
    case CURLE_SSL_CONNECT_ERROR:
      return Errc::kTlsHandshake;
    default:
      return Errc::kHttpFailed;
  }
}

}  // namespace k2::io
