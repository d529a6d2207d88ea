#include "io/watch_server.hpp"

#include "io/clock.hpp"
#include "io/http_server.hpp"
#include "io/recent_events.hpp"
#include "watch/health.hpp"
#include "watch/history.hpp"
#include "watch/metrics_page.hpp"
#include "watch/page.hpp"
#include "watch/request_host.hpp"
#include "watch/request_rate.hpp"
#include "watch/status_json.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <charconv>
#include <mutex>
#include <thread>
#include <utility>

namespace k2::io {
namespace {

/// Requests are one line and some headers, without a body. Chosen: a scraper keeps its connection
/// from one scrape to the next, a slow or silent client is not waited for.
constexpr HttpLimits kLimits{.header_bytes_max = 8 * 1024,
                             .body_bytes_max = 0,
                             .request_timeout = std::chrono::seconds{5},
                             .idle_timeout = std::chrono::seconds{75},
                             .connections_max = 128};

HttpServerReply text_reply(unsigned status, std::string body) {
  HttpServerReply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::move(body);
  return reply;
}

HttpServerReply json_reply(std::string body) {
  HttpServerReply reply = text_reply(200, std::move(body));
  reply.content_type = "application/json";
  return reply;
}

HttpServerReply ready_reply(watch::Snapshot const& snapshot, MonoTime now) {
  auto const reasons = watch::unready_reasons(snapshot, now);
  std::string body;
  for (std::string const& reason : reasons) body.append(reason).append("\n");
  return reasons.empty() ? text_reply(200, "ready\n") : text_reply(503, std::move(body));
}

HttpServerReply page(std::string_view path, watch::Snapshot const& snapshot, MonoTime now) {
  if (path == "/healthz") {
    auto const part = watch::hanging(snapshot, now);
    return part.empty() ? text_reply(200, "alive\n") : text_reply(503, std::string{part} + "\n");
  }
  if (path == "/readyz") return ready_reply(snapshot, now);
  if (path == "/api/status") return json_reply(watch::status_json(snapshot, now));
  return text_reply(404, "there are /, /metrics, /healthz, /readyz and /api/status\n");
}

/// The files of the status page; they are there before the first snapshot.
std::optional<HttpServerReply> file_reply(std::string_view path) {
  auto const file = watch::page_file(path);
  if (!file) return std::nullopt;
  HttpServerReply reply = text_reply(200, std::string{file->text});
  reply.content_type = file->content_type;
  reply.headers.emplace_back("Content-Security-Policy", watch::kPagePolicy);
  reply.headers.emplace_back("Referrer-Policy", "no-referrer");
  return reply;
}

}  // namespace

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  Error const invalid{Errc::kConfigInvalid, "'" + std::string{text} +
                                                "' is not an IP address and a port, such as "
                                                "127.0.0.1:9091 or [::1]:9091"};
  auto const colon = text.rfind(':');
  if (colon == text.npos) return invalid;
  std::string_view ip = text.substr(0, colon);
  if (ip.starts_with('[') && ip.ends_with(']')) ip = ip.substr(1, ip.size() - 2);
  boost::system::error_code failed;
  boost::asio::ip::make_address(ip, failed);
  std::string_view const digits = text.substr(colon + 1);
  ListenAddress address{.ip = std::string{ip}, .port = 0};
  auto const [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  bool const whole = error == std::errc{} && end == digits.data() + digits.size();
  if (failed || !whole) return invalid;
  return address;
}

class WatchServer::Worker {
 public:
  explicit Worker(std::vector<std::string> names)
      : names_(std::move(names)),
        server_(io_, nullptr, kLimits, [this](auto const& request) { return answer(request); }) {}
  ~Worker() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Worker(Worker const&) = delete;
  Worker& operator=(Worker const&) = delete;

  Result<void> listen(ListenAddress const& address) {
    auto const port = server_.listen(address.ip, address.port);
    if (!port) return port.error();
    port_ = *port;
    thread_ = std::thread{[this] { io_.run(); }};
    return {};
  }

  void publish(std::shared_ptr<watch::Snapshot const> snapshot) {
    std::scoped_lock const lock{mutex_};
    history_.note(*snapshot);
    snapshot_ = std::move(snapshot);
  }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

 private:
  [[nodiscard]] std::shared_ptr<watch::Snapshot const> snapshot() {
    std::scoped_lock const lock{mutex_};
    return snapshot_;
  }

  [[nodiscard]] std::string history() {
    std::scoped_lock const lock{mutex_};
    return history_.json();
  }

  /// Returns the scrape, which is rendered once for each snapshot.
  HttpServerReply metrics(std::shared_ptr<watch::Snapshot const> const& shown) {
    if (scraped_ != shown) {
      scrape_ = watch::metrics_page(*shown);
      scraped_ = shown;
    }
    HttpServerReply reply = text_reply(200, scrape_);
    reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return reply;
  }

  HttpServerReply show(std::string_view path) {
    if (auto file = file_reply(path)) return *std::move(file);
    if (path == "/api/events") return json_reply(recent_events().json());
    if (path == "/api/history") return json_reply(history());
    if (auto const shown = snapshot()) {
      return path == "/metrics" ? metrics(shown) : page(path, *shown, read_clock().mono);
    }
    return text_reply(503, "starting\n");
  }

  HttpServerReply answer(HttpServerRequest const& request) {
    HttpServerReply reply;
    if (!watch::is_own_host(request.header("Host"), names_)) {
      reply = text_reply(421, "this server does not answer to that name; see metrics.hosts\n");
    } else if (request.method != "GET" && request.method != "HEAD") {
      reply = text_reply(405, "only GET and HEAD\n");
      reply.headers.emplace_back("Allow", "GET, HEAD");
    } else if (!rate_.admit(request.client, read_clock().mono)) {
      reply = text_reply(429, "too many requests\n");
      reply.headers.emplace_back("Retry-After", "1");
    } else {
      std::string_view const target{request.target};
      reply = show(target.substr(0, target.find('?')));
    }
    reply.headers.emplace_back("X-Content-Type-Options", "nosniff");
    reply.headers.emplace_back("Cache-Control", "no-store");
    return reply;
  }

  std::vector<std::string> names_;
  boost::asio::io_context io_{1};
  std::mutex mutex_;
  std::shared_ptr<watch::Snapshot const> snapshot_;  // guarded by mutex_
  watch::History history_;                           // guarded by mutex_
  // The server's thread's own.
  watch::RequestRate rate_;
  std::shared_ptr<watch::Snapshot const> scraped_;
  std::string scrape_;
  HttpServer server_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

WatchServer::WatchServer(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}

WatchServer::~WatchServer() = default;

Result<std::unique_ptr<WatchServer>> WatchServer::start(ListenAddress const& address,
                                                        std::vector<std::string> names) {
  auto worker = std::make_unique<Worker>(std::move(names));
  if (auto const listening = worker->listen(address); !listening) return listening.error();
  return std::unique_ptr<WatchServer>{new WatchServer{std::move(worker)}};
}

void WatchServer::publish(std::shared_ptr<watch::Snapshot const> snapshot) {
  worker_->publish(std::move(snapshot));
}

std::uint16_t WatchServer::port() const noexcept {
  return worker_->port();
}

}  // namespace k2::io
