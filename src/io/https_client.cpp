#include "io/https_client.hpp"

#include "core/assert.hpp"

#include <boost/asio/post.hpp>
#include <curl/curl.h>

#include <atomic>
#include <charconv>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <utility>

namespace k2::io {
namespace {

/// How long the thread sleeps at most when no request runs; a new one wakes it.
constexpr int kPollMs = 1'000;

struct Request {
  std::string target;
  HttpsClient::Handler handler;
};

/// One request under way: what curl's callbacks fill.
struct Transfer {
  HttpsClient::Handler handler;
  HttpReply reply;
  std::size_t endpoint = 0;
  std::size_t body_bytes_max = 0;
  char error[CURL_ERROR_SIZE] = {};
};

std::size_t on_body(char* data, std::size_t one, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  std::size_t const bytes = one * size;
  if (transfer.reply.body.size() + bytes > transfer.body_bytes_max) return 0;
  transfer.reply.body.append(data, bytes);
  return bytes;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  Number number{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  return number;
}

bool starts_with_name(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         curl_strnequal(line.data(), name.data(), name.size()) != 0;
}

std::size_t on_header(char* data, std::size_t one, std::size_t size, void* user) {
  auto& reply = static_cast<Transfer*>(user)->reply;
  std::string_view const line{data, one * size};
  constexpr std::string_view kWeight = "x-mbx-used-weight-1m";
  constexpr std::string_view kRetryAfter = "retry-after";
  if (starts_with_name(line, kWeight)) {
    reply.used_weight = number_in<std::uint32_t>(line.substr(kWeight.size() + 1));
  } else if (starts_with_name(line, kRetryAfter)) {
    if (auto const seconds = number_in<std::uint32_t>(line.substr(kRetryAfter.size() + 1))) {
      reply.retry_after = std::chrono::seconds{*seconds};
    }
  }
  return line.size();
}

Errc code_of(CURLcode result) {
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

}  // namespace

class HttpsClient::Worker {
 public:
  Worker(boost::asio::io_context& reply_to, HttpsClientOptions options)
      : reply_to_(reply_to), options_(std::move(options)), multi_(curl_multi_init()) {
    K2_ASSERT(multi_ != nullptr);
    K2_ASSERT(!options_.endpoints.empty());
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
      curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
    }
  }

  void start_submitted() {
    std::vector<Request> taken;
    {
      std::lock_guard const lock{mutex_};
      taken.swap(submitted_);
    }
    for (Request& request : taken) start(std::move(request));
  }

  void start(Request request) {
    CURL* const easy = curl_easy_init();
    K2_ASSERT(easy != nullptr);
    auto transfer = std::make_unique<Transfer>();
    transfer->handler = std::move(request.handler);
    transfer->endpoint = endpoint_;
    transfer->body_bytes_max = options_.body_bytes_max;
    feed::Endpoint const& endpoint = options_.endpoints[endpoint_];
    std::string const url = (endpoint.tls ? "https://" : "http://") + endpoint.host_header() +
                            endpoint.base_path + request.target;
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "k2");
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, options_.verify ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, options_.verify ? 2L : 0L);
    if (!options_.custom_ca_bundle.empty()) {
      // Added to the system's store, which curl still finds in its default CAPATH.
      curl_easy_setopt(easy, CURLOPT_CAINFO, options_.custom_ca_bundle.c_str());
    }
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
    curl_multi_remove_handle(multi_, easy);
    curl_easy_cleanup(easy);
    transfer->reply.status = static_cast<int>(status);
    if (result == CURLE_OK) {
      boost::asio::post(reply_to_, [transfer] { transfer->handler(std::move(transfer->reply)); });
      return;
    }
    // The first to fail moves everyone on to the next endpoint.
    if (transfer->endpoint == endpoint_) endpoint_ = (endpoint_ + 1) % options_.endpoints.size();
    std::string detail = options_.endpoints[transfer->endpoint].host_header() + ": " +
                         (transfer->error[0] != 0 ? transfer->error : curl_easy_strerror(result));
    boost::asio::post(reply_to_, [transfer, error = Error{code_of(result), detail}] {
      transfer->handler(error);
    });
  }

  boost::asio::io_context& reply_to_;
  HttpsClientOptions options_;
  CURLM* multi_;
  curl_slist* headers_ = nullptr;
  std::size_t endpoint_ = 0;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> transfers_;
  std::mutex mutex_;
  std::vector<Request> submitted_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

HttpsClient::HttpsClient(boost::asio::io_context& reply_to, HttpsClientOptions options) {
  static bool const initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  K2_ASSERT(initialised);
  worker_ = std::make_unique<Worker>(reply_to, std::move(options));
}

HttpsClient::~HttpsClient() = default;

void HttpsClient::get(std::string target, Handler handler) {
  worker_->submit({std::move(target), std::move(handler)});
}

}  // namespace k2::io
