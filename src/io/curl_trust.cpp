#include "io/curl_trust.hpp"

#include <memory>

namespace k2::io {
namespace {

/// Returns the host of the URL, an IPv6 address without its brackets; empty when there is none.
std::string host_of(std::string const& url) {
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> const parts{curl_url(), &curl_url_cleanup};
  char* text = nullptr;
  if (curl_url_set(parts.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parts.get(), CURLUPART_HOST, &text, 0) != CURLUE_OK) {
    return {};
  }
  std::string host{text};
  curl_free(text);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

CURLcode on_context(CURL*, void* made, void* user) {
  auto& use = *static_cast<CurlTrust::Use*>(user);
  auto const known = use.trust->context();
  if (!known) {
    use.error = known.error();
    return CURLE_SSL_CACERT_BADFILE;
  }
  auto* const context = static_cast<SSL_CTX*>(made);
  SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(*known));
  expect_name(SSL_CTX_get0_param(context), use.host);
  return CURLE_OK;
}

}  // namespace

void CurlTrust::apply(CURL* easy, std::string const& url, Use& use) {
  if (!options_.verify) return;
  use.trust = this;
  use.host = host_of(url);
  curl_easy_setopt(easy, CURLOPT_CAINFO, nullptr);
  curl_easy_setopt(easy, CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, &on_context);
  curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &use);
}

Result<SSL_CTX*> CurlTrust::context() {
  if (!client_) {
    auto made = TlsClient::make(options_);
    if (!made) return made.error();
    client_.emplace(*std::move(made));
  }
  return client_->context();
}

}  // namespace k2::io
