#include "io/http_server.hpp"

#include "core/ws/http_head.hpp"
#include "io/accept_pause.hpp"
#include "io/log.hpp"
#include "io/tcp_listen.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <algorithm>
#include <exception>
#include <list>
#include <poll.h>

namespace k2::io {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

HttpServerRequest to_request(http::request<http::string_body> const& message, std::string client) {
  HttpServerRequest request;
  request.method = std::string{message.method_string()};
  request.target = std::string{message.target()};
  for (auto const& field : message) {
    request.headers.emplace_back(std::string{field.name_string()}, std::string{field.value()});
  }
  request.body = message.body();
  request.client = std::move(client);
  return request;
}

// Chosen: how soon a client is missed that left while its reply was delayed.
constexpr std::chrono::milliseconds kGoneCheckInterval{500};

http::response<http::string_body> to_response(HttpServerReply reply, unsigned version,
                                              bool keep_alive, bool head_only) {
  http::response<http::string_body> response;
  response.result(reply.status);
  response.version(version);
  response.set(http::field::server, "k2");
  response.set(http::field::content_type, reply.content_type);
  for (auto const& [name, text] : reply.headers) response.set(name, text);
  response.keep_alive(keep_alive);
  response.content_length(reply.body.size());
  if (!head_only) response.body() = std::move(reply.body);
  return response;
}

}  // namespace

std::string_view HttpServerRequest::header(std::string_view name) const {
  for (auto const& [key, text] : headers) {
    if (ws::equal_ignoring_case(key, name)) return text;
  }
  return {};
}

/// The state that the connections share; it lives until the last of them has ended.
class HttpServer::State : public std::enable_shared_from_this<State> {
 public:
  State(asio::io_context& io, SSL_CTX* tls, HttpLimits const& limits, Handler handler)
      : io_(io),
        acceptor_(io),
        pause_(io.get_executor()),
        limits_(limits),
        handler_(std::move(handler)) {
    if (tls == nullptr) return;
    // The Asio context takes over one reference of the shared OpenSSL context.
    SSL_CTX_up_ref(tls);
    tls_.emplace(tls);
  }

  Result<std::uint16_t> listen(std::string const& address, std::uint16_t port) {
    auto const opened = tcp_listen(acceptor_, address, port);
    if (opened) accept();
    return opened;
  }

  void stop() {
    stopped_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (Registration const* const one : open_) one->stream.close();
  }

  [[nodiscard]] std::size_t connections() const noexcept { return open_.size(); }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](error_code const& error, tcp::socket peer) {
      if (self->stopped_ || error == asio::error::operation_aborted) return;
      if (!error && self->make_room()) self->serve(std::move(peer));
      self->pause_.then(error, [self] {
        if (!self->stopped_) self->accept();
      });
    });
  }

  /// At the limit the connection goes that has waited the longest for its client's request: silent
  /// and slow clients never keep others out. False when all are being answered.
  bool make_room() {
    if (open_.size() < limits_.connections_max) return true;
    auto const idle = std::ranges::find(open_, false, &Registration::answering);
    if (idle == open_.end()) return false;
    (*idle)->stream.close();
    (*idle)->answering = true;  // it is on its way out: not to be chosen again
    return true;
  }

  void serve(tcp::socket peer) {
    asio::co_spawn(
        io_, session(shared_from_this(), std::move(peer)), [](std::exception_ptr escaped) {
          if (!escaped) return;
          try {
            std::rethrow_exception(escaped);
          } catch (std::exception const& error) {
            log_event(LogLevel::kError, "http.session_failed", {{"error", error.what()}});
          }
        });
  }

  /// Keeps a connection in the list of those that stop() and make_room() close, by age.
  struct Registration {
    Registration(State& state, beast::tcp_stream& stream) : state(state), stream(stream) {
      state.open_.push_back(this);
    }
    Registration(Registration const&) = delete;
    Registration& operator=(Registration const&) = delete;
    ~Registration() { state.open_.remove(this); }
    State& state;
    beast::tcp_stream& stream;
    bool answering = false;
  };

  static asio::awaitable<void> session(std::shared_ptr<State> state, tcp::socket peer) {
    error_code error;
    auto const endpoint = peer.remote_endpoint(error);
    if (error) co_return;
    std::string const client = endpoint.address().to_string();
    beast::tcp_stream plain{std::move(peer)};
    plain.socket().set_option(tcp::no_delay{true}, error);
    if (!state->tls_) {
      Registration registration{*state, plain};
      co_await talk(registration, plain, client);
      plain.socket().shutdown(tcp::socket::shutdown_send, error);
      co_return;
    }
    beast::ssl_stream<beast::tcp_stream> secure{std::move(plain), *state->tls_};
    beast::tcp_stream& lowest = secure.next_layer();
    Registration registration{*state, lowest};
    lowest.expires_after(state->limits_.request_timeout);
    co_await secure.async_handshake(asio::ssl::stream_base::server,
                                    asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    co_await talk(registration, secure, client);
    if (!lowest.socket().is_open()) co_return;
    lowest.expires_after(std::chrono::seconds{1});
    co_await secure.async_shutdown(asio::redirect_error(asio::use_awaitable, error));
  }

  /// Serves requests until the client, a limit, or the handler ends the connection. The caller that
  /// awaits it owns the arguments.
  template <class Stream>
  // NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)
  static asio::awaitable<void> talk(Registration& registration, Stream& stream,
                                    std::string const& client) {
    // NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)
    State& state = registration.state;
    beast::tcp_stream& lowest = registration.stream;
    beast::flat_buffer buffer;
    error_code error;
    for (;;) {
      registration.answering = false;
      http::request_parser<http::string_body> parser;
      parser.header_limit(state.limits_.header_bytes_max);
      parser.body_limit(state.limits_.body_bytes_max);
      // The wait for a request's first byte is idle time; from there on the request's own runs.
      if (buffer.size() == 0) {
        lowest.expires_after(state.limits_.idle_timeout);
        auto const space = buffer.prepare(4096);
        std::size_t const count = co_await stream.async_read_some(
            space, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        buffer.commit(count);
      }
      lowest.expires_after(state.limits_.request_timeout);
      co_await http::async_read(stream, buffer, parser,
                                asio::redirect_error(asio::use_awaitable, error));
      if (error && !refusal_of(error)) co_return;
      registration.answering = true;
      HttpServerReply reply;
      bool const refused = static_cast<bool>(error);
      if (refused) {
        reply = *refusal_of(error);
      } else if (state.stopped_) {
        co_return;
      } else {
        HttpServerRequest const request = to_request(parser.get(), client);
        reply = state.handler_(request);
      }
      if (reply.delay.count() > 0 && !co_await outlasts(lowest, reply.delay)) co_return;
      if (reply.cut) {
        lowest.socket().set_option(asio::socket_base::linger{true, 0}, error);
        lowest.close();
        co_return;
      }
      bool const keep_alive = !refused && parser.get().keep_alive();
      bool const head_only = !refused && parser.get().method() == http::verb::head;
      auto response = to_response(std::move(reply), 11, keep_alive, head_only);
      co_await http::async_write(stream, response,
                                 asio::redirect_error(asio::use_awaitable, error));
      if (error || !keep_alive) co_return;
    }
  }

  /// Waits; false as soon as the client has gone. The caller that awaits it owns the stream.
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
  static asio::awaitable<bool> outlasts(beast::tcp_stream& stream,
                                        std::chrono::milliseconds delay) {
    error_code error;
    asio::steady_timer timer{stream.get_executor()};
    auto const end = std::chrono::steady_clock::now() + delay;
    for (auto now = end - delay; now < end; now = std::chrono::steady_clock::now()) {
      if (!stream.socket().is_open() || peer_has_gone(stream.socket())) co_return false;
      timer.expires_at(std::min(end, now + kGoneCheckInterval));
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
    co_return true;
  }

  static bool peer_has_gone(tcp::socket& socket) {
    pollfd gone{socket.native_handle(), POLLRDHUP, 0};
    return ::poll(&gone, 1, 0) > 0;
  }

  /// The answer to a request that could not be read, when one is due.
  static std::optional<HttpServerReply> refusal_of(error_code const& error) {
    HttpServerReply reply;
    if (error == http::error::header_limit) {
      reply.status = 431;
    } else if (error == http::error::body_limit) {
      reply.status = 413;
    } else if (error == http::error::bad_method || error == http::error::bad_target ||
               error == http::error::bad_version || error == http::error::bad_field ||
               error == http::error::bad_value || error == http::error::bad_content_length ||
               error == http::error::bad_line_ending || error == http::error::bad_chunk) {
      reply.status = 400;
    } else {
      return std::nullopt;
    }
    reply.content_type = "text/plain";
    reply.body = error.message() + "\n";
    return reply;
  }

  asio::io_context& io_;
  tcp::acceptor acceptor_;
  AcceptPause pause_;
  std::optional<asio::ssl::context> tls_;
  HttpLimits limits_;
  Handler handler_;
  std::list<Registration*> open_;
  bool stopped_ = false;
};

HttpServer::HttpServer(asio::io_context& io, SSL_CTX* tls, HttpLimits const& limits,
                       Handler handler)
    : state_(std::make_shared<State>(io, tls, limits, std::move(handler))) {}

HttpServer::~HttpServer() {
  state_->stop();
}

Result<std::uint16_t> HttpServer::listen(std::string const& address, std::uint16_t port) {
  return state_->listen(address, port);
}

std::size_t HttpServer::connections() const noexcept {
  return state_->connections();
}

}  // namespace k2::io
