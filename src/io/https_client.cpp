#include "io/https_client.hpp"

#include "core/assert.hpp"
#include "core/http_status.hpp"
#include "io/clock.hpp"
#include "io/curl_errc.hpp"
#include "io/curl_trust.hpp"
#include "io/rest_route.hpp"
#include "io/tls_context.hpp"

#include <boost/asio/post.hpp>
#include <curl/curl.h>
#include <fmt/format.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

namespace k2::io {
namespace {

/// Maximum sleep of the thread while no request runs; a new one wakes it.
constexpr int kPollMs = 1'000;

struct Request {
  std::string target;
  HttpsClient::Handler handler;
  std::optional<std::size_t> body_bytes_max;
};

/// One request under way: what curl's callbacks fill.
struct Transfer {
  HttpsClient::Handler handler;
  HttpReply reply;
  std::size_t endpoint = 0;
  std::size_t body_bytes_max = 0;
  bool too_long = false;
  CurlTrust::Use trust;
  std::string retry_after;
  std::string date;
  curl_slist* connect_to = nullptr;
  char error[CURL_ERROR_SIZE] = {};
};

std::size_t on_body(char* data, std::size_t one, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::size_t const bytes = one * size;
  if (transfer.reply.body.size() + bytes > transfer.body_bytes_max) {
    transfer.too_long = true;
    return 0;
  }
  transfer.reply.body.append(data, bytes);
  return bytes;
}

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The value of a header line with this name, without the blanks around it.
std::optional<std::string_view> value_of(std::string_view line, std::string_view name) {
  constexpr std::string_view kBlanks = " \t\r\n";
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): it looks at so many and no more
  if (curl_strnequal(line.data(), name.data(), name.size()) == 0) return std::nullopt;
  auto value = line.substr(name.size() + 1);
  value.remove_prefix(std::min(value.find_first_not_of(kBlanks), value.size()));
  return value.substr(0, value.find_last_not_of(kBlanks) + 1);
}

std::size_t on_header(char* data, std::size_t one, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::string_view const line{data, one * size};
  if (auto const weight = value_of(line, "x-mbx-used-weight-1m")) {
    transfer.reply.used_weight = number_in(*weight);
  } else if (auto const wait = value_of(line, "retry-after")) {
    transfer.retry_after = *wait;
  } else if (auto const date = value_of(line, "date")) {
    transfer.date = *date;
  }
  return line.size();
}

/// Another endpoint may have a better answer. Not after 429 and 418: those count by address.
bool is_endpoints_trouble(long status) {
  return status >= 500 || errc_of_http_status(static_cast<int>(status)) == Errc::kRefusedByRegion;
}

/// Connects to the address that is kept, or to one drawn anew; the URL's name stays the one that
/// the certificate is checked for. Through a proxy the proxy decides.
void set_route(CURL* easy, Transfer& transfer, RestRoute const& route,
               feed::Endpoint const& endpoint) {
  if (route.draws()) {
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
  } else if (!route.kept().empty()) {
    bool const v6 = route.kept().find(':') != std::string::npos;
    std::string const address = v6 ? "[" + route.kept() + "]" : route.kept();
    transfer.connect_to =
        curl_slist_append(nullptr, ("::" + address + ":" + endpoint.port).c_str());
    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, transfer.connect_to);
  }
}

void set_proxy(CURL* easy, std::optional<Proxy> const& proxy) {
  // Empty texts keep curl from reading the environment.
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? ("http://" + proxy->authority()).c_str() : "");
  if (!proxy) return;
  curl_easy_setopt(easy, CURLOPT_HTTPPROXYTUNNEL, 1L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!proxy->has_login()) return;
  curl_easy_setopt(easy, CURLOPT_PROXYAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy, CURLOPT_PROXYUSERNAME, proxy->user.c_str());
  curl_easy_setopt(easy, CURLOPT_PROXYPASSWORD, proxy->password.c_str());
}

std::string tls_remedy(CURL* easy, CURLcode result) {
  if (result == CURLE_SSL_CONNECT_ERROR) return "; " + std::string{kHandshakeRemedy};
  if (result != CURLE_PEER_FAILED_VERIFICATION) return {};
  long verdict = 0;
  curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verdict);
  // curl itself, not OpenSSL, compares the names, before it reads OpenSSL's verdict.
  if (verdict == X509_V_OK || verdict == X509_V_ERR_UNSPECIFIED) {
    verdict = X509_V_ERR_HOSTNAME_MISMATCH;
  }
  return "; " + std::string{certificate_remedy(verdict)};
}

Error failure_of(CURL* easy, CURLcode result, Transfer const& transfer,
                 feed::Endpoint const& endpoint, std::optional<Proxy> const& proxy) {
  Errc const code = errc_of_curl(result);
  if (transfer.trust.error) {
    return Error{code, endpoint.host_header() + ": " + transfer.trust.error->detail};
  }
  std::string const why = transfer.error[0] != 0 ? transfer.error : curl_easy_strerror(result);
  if (transfer.too_long) {
    return Error{code, fmt::format("{}: the reply is longer than {} bytes", endpoint.host_header(),
                                   transfer.body_bytes_max)};
  }
  if (proxy) {
    long said = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &said);
    std::string const target = authority_of(endpoint.host, endpoint.port);
    if (said >= 300) {
      return proxy_refusal(*proxy, target, static_cast<int>(said), fmt::format("{}", said));
    }
    if (result == CURLE_COULDNT_CONNECT || result == CURLE_COULDNT_RESOLVE_PROXY) {
      return Error{
          code, fmt::format("the proxy {}: {}; check binance.proxy_url", proxy->authority(), why)};
    }
  }
  return Error{code, endpoint.host_header() + ": " + why + tls_remedy(easy, result)};
}

}  // namespace

class HttpsClient::Worker {
 public:
  Worker(boost::asio::io_context& reply_to, HttpsClientOptions options)
      : reply_to_(reply_to),
        options_(std::move(options)),
        multi_(curl_multi_init()),
        routes_(options_.endpoints.size()) {
    K2_ASSERT(multi_ != nullptr);
    K2_ASSERT(!options_.endpoints.empty());
    K2_ASSERT(options_.requests_max > 0);
    for (std::string const& header : options_.headers) {
      headers_ = curl_slist_append(headers_, header.c_str());
    }
    thread_ = std::thread{[this] { run(); }};
  }

  ~Worker() {
    stopping_ = true;
    curl_multi_wakeup(multi_);
    thread_.join();
    for (auto const& [easy, transfer] : transfers_) {
      curl_multi_remove_handle(multi_, easy);
      curl_easy_cleanup(easy);
      curl_slist_free_all(transfer->connect_to);
    }
    curl_multi_cleanup(multi_);
    curl_slist_free_all(headers_);
  }

  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;

  void submit(Request request) {
    {
      std::lock_guard const lock{mutex_};
      submitted_.push_back(std::move(request));
    }
    curl_multi_wakeup(multi_);
  }

 private:
  void run() {
    while (!stopping_) {
      start_submitted();
      int running = 0;
      curl_multi_perform(multi_, &running);
      finish_done();
      start_submitted();  // what waited for its turn
      curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
  }

  void start_submitted() {
    while (transfers_.size() < options_.requests_max) {
      std::optional<Request> request;
      {
        std::lock_guard const lock{mutex_};
        if (submitted_.empty()) return;
        request = std::move(submitted_.front());
        submitted_.pop_front();
      }
      start(*std::move(request));
    }
  }

  void start(Request request) {
    CURL* const easy = curl_easy_init();
    K2_ASSERT(easy != nullptr);
    auto transfer = std::make_unique<Transfer>();
    transfer->handler = std::move(request.handler);
    transfer->endpoint = endpoint_;
    transfer->body_bytes_max = request.body_bytes_max.value_or(options_.body_bytes_max);
    feed::Endpoint const& endpoint = options_.endpoints[endpoint_];
    std::string const url = (endpoint.tls ? "https://" : "http://") + endpoint.host_header() +
                            endpoint.base_path + request.target;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // The end of the program does not wait for a name server.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "k2");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_CIPHER_LIST, kTlsCiphers);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options_.verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options_.verify ? 2L : 0L);
    trust_.apply(easy, url, transfer->trust);
    set_proxy(easy, options_.proxy);
    if (!options_.proxy) set_route(easy, *transfer, routes_[endpoint_], endpoint);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(options_.connect_timeout.count()));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(options_.timeout.count()));
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer.get());
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer.get());
    curl_multi_add_handle(multi_, easy);
    transfers_.emplace(easy, std::move(transfer));
  }

  void finish_done() {
    int left = 0;
    while (CURLMsg const* const message = curl_multi_info_read(multi_, &left)) {
      if (message->msg == CURLMSG_DONE) finish(message->easy_handle, message->data.result);
    }
  }

  void finish(CURL* easy, CURLcode result) {
    auto const found = transfers_.find(easy);
    K2_ASSERT(found != transfers_.end());
    std::shared_ptr<Transfer> const transfer{std::move(found->second)};
    transfers_.erase(found);
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    transfer->reply.status = static_cast<int>(status);
    transfer->reply.retry_after =
        parse_retry_after(transfer->retry_after, transfer->date, read_clock().utc);
    Result<HttpReply> answer = std::move(transfer->reply);
    if (result != CURLE_OK) {
      answer = failure_of(easy, result, *transfer, options_.endpoints[transfer->endpoint],
                          options_.proxy);
    }
    char const* address = nullptr;
    curl_easy_getinfo(easy, CURLINFO_PRIMARY_IP, &address);
    bool const failed = result != CURLE_OK || is_endpoints_trouble(status);
    RestRoute& route = routes_[transfer->endpoint];
    if (failed) {
      route.failed();
    } else {
      route.worked(address == nullptr ? "" : address);
    }
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
    curl_slist_free_all(transfer->connect_to);
    // The first to fail moves everyone on to the next endpoint.
    if (failed && transfer->endpoint == endpoint_) {
      endpoint_ = (endpoint_ + 1) % options_.endpoints.size();
    }
    boost::asio::post(reply_to_, [transfer, held = std::move(answer)]() mutable {
      transfer->handler(std::move(held));
    });
  }

  boost::asio::io_context& reply_to_;
  HttpsClientOptions options_;
  CurlTrust trust_{{.verify = options_.verify, .custom_ca_bundle = options_.custom_ca_bundle}};
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  std::size_t endpoint_ = 0;
  std::vector<RestRoute> routes_;  // of the endpoints
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::mutex mutex_;
  std::deque<Request> submitted_;  // its length is the callers' own bound
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

HttpsClient::HttpsClient(boost::asio::io_context& reply_to, HttpsClientOptions options) {
  static bool const initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  K2_ASSERT(initialised);
  worker_ = std::make_unique<Worker>(reply_to, std::move(options));
}

HttpsClient::~HttpsClient() = default;

void HttpsClient::get(std::string target, Handler handler,
                      std::optional<std::size_t> body_bytes_max) {
  worker_->submit({std::move(target), std::move(handler), body_bytes_max});
}

}  // namespace k2::io
