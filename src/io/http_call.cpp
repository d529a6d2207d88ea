#include "io/http_call.hpp"

#include "core/assert.hpp"
#include "io/curl_errc.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace k2::io {
namespace {

/// Chosen: the metrics of ten thousand symbols have some megabytes.
constexpr std::size_t kBodyBytesMax = std::size_t{64} << 20;

struct CurlDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
};

std::size_t on_body(char* data, std::size_t one, std::size_t size, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + one * size > kBodyBytesMax) return 0;
  body.append(data, one * size);
  return one * size;
}

Result<std::string> call(std::string const& url, std::string_view const* body,
                         std::chrono::milliseconds timeout) {
  std::unique_ptr<CURL, CurlDeleter> const easy{curl_easy_init()};
  K2_ASSERT(easy != nullptr);
  std::string answer;
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer);
  if (body != nullptr) {
    curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body->size()));
    // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): its size is set above
    curl_easy_setopt(easy.get(), CURLOPT_COPYPOSTFIELDS, body->data());
  }
  CURLcode const result = curl_easy_perform(easy.get());
  if (result != CURLE_OK) {
    return Error{errc_of_curl(result), fmt::format("{}: {}", url, curl_easy_strerror(result))};
  }
  long status = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) {
    return Error{Errc::kHttpStatus, fmt::format("{}: status {}: {}", url, status, answer)};
  }
  return answer;
}

}  // namespace

Result<std::string> http_get(std::string const& url, std::chrono::milliseconds timeout) {
  return call(url, nullptr, timeout);
}

Result<std::string> http_post(std::string const& url, std::string_view body,
                              std::chrono::milliseconds timeout) {
  return call(url, &body, timeout);
}

}  // namespace k2::io
