#include "io/stream_socket.hpp"

#include "core/assert.hpp"
#include "io/connect_in_turn.hpp"
#include "io/tls_context.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <openssl/err.h>

#include <cstring>
#include <utility>

namespace k2::io {
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Units: bytes requested of the kernel per receive. Chosen: some hundred trades per wake-up.
constexpr std::size_t kReceiveBytes = 128 * 1024;

Error socket_error(char const* what, error_code const& error) {
  bool const closed = error == asio::error::eof || error == asio::error::connection_reset ||
                      error == asio::error::broken_pipe;
  return Error{closed ? Errc::kConnectionClosed : Errc::kSocketFailed,
               std::string{what} + ": " + error.message()};
}

}  // namespace

// OpenSSL sees the socket through this BIO: it reads from the bytes of the last receive, and what
// it writes is collected, so that many records leave in one send.
int StreamSocket::bio_read(BIO* bio, char* into, int size) {
  auto& self = *static_cast<StreamSocket*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  std::size_t const there = self.received_end_ - self.received_at_;
  if (there == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  char const* const first = self.received_.get() + self.received_at_;
  std::size_t const count =
      self.record_.take(first, std::min(there, static_cast<std::size_t>(size)));
  std::memcpy(into, first, count);
  self.received_at_ += count;
  return static_cast<int>(count);
}

int StreamSocket::bio_write(BIO* bio, char const* from, int size) {
  auto& self = *static_cast<StreamSocket*>(BIO_get_data(bio));
  self.queued_.append(from, static_cast<std::size_t>(size));
  return size;
}

long StreamSocket::bio_ctrl(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* StreamSocket::bio_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "k2");
    BIO_meth_set_read(made, &StreamSocket::bio_read);
    BIO_meth_set_write(made, &StreamSocket::bio_write);
    BIO_meth_set_ctrl(made, &StreamSocket::bio_ctrl);
    return made;
  }();
  return method;
}

StreamSocket::StreamSocket(tcp::socket socket, SSL_CTX* tls, bool is_client, std::string host,
                           Handlers handlers)
    : socket_(std::move(socket)),
      resolver_(socket_.get_executor()),
      deadline_(socket_.get_executor()),
      host_(std::move(host)),
      handlers_(std::move(handlers)),
      received_(new char[kReceiveBytes]) {
  if (tls == nullptr) return;
  ssl_.reset(SSL_new(tls));
  K2_ASSERT(ssl_);
  BIO* const bio = BIO_new(bio_method());
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (is_client) {
    expect_peer(ssl_.get(), host_);
    SSL_set_connect_state(ssl_.get());
  } else {
    SSL_set_accept_state(ssl_.get());
  }
}

StreamSocket::~StreamSocket() = default;

std::shared_ptr<StreamSocket> StreamSocket::connect(
    asio::io_context& io, std::string host, std::string port, SSL_CTX* tls,
    std::chrono::milliseconds timeout, Handlers handlers, std::optional<Proxy> proxy,
    std::shared_ptr<PeerAddresses const> addresses) {
  std::shared_ptr<StreamSocket> self{
      new StreamSocket{tcp::socket{io}, tls, true, std::move(host), std::move(handlers)}};
  self->arm_deadline(timeout);
  if (!proxy) {
    self->addresses_ = std::move(addresses);
    self->resolve(self->host_, port, timeout);
    return self;
  }
  self->tunnel_.emplace(*std::move(proxy), authority_of(self->host_, port));
  self->resolve(self->tunnel_->proxy().host, self->tunnel_->proxy().port, timeout);
  return self;
}

std::shared_ptr<StreamSocket> StreamSocket::accept(tcp::socket socket, SSL_CTX* tls,
                                                   std::chrono::milliseconds timeout,
                                                   Handlers handlers) {
  std::shared_ptr<StreamSocket> self{
      new StreamSocket{std::move(socket), tls, false, "client", std::move(handlers)}};
  self->arm_deadline(timeout);
  asio::post(self->socket_.get_executor(), [self] { self->start(); });
  return self;
}

void StreamSocket::arm_deadline(std::chrono::milliseconds timeout) {
  deadline_.expires_after(timeout);
  deadline_.async_wait([self = shared_from_this()](error_code const& error) {
    if (error || self->finished_) return;
    if (self->closing_) {
      self->finish(Error{Errc::kTimeout, self->host_ + " did not acknowledge close in time"});
    } else if (!self->open_) {
      self->fail(self->way_error(Errc::kTimeout, "no connection in time"));
    }
  });
}

void StreamSocket::resolve(std::string const& host, std::string const& port,
                           std::chrono::milliseconds timeout) {
  resolver_.async_resolve(
      host, port,
      [self = shared_from_this(), timeout](error_code const& error,
                                           tcp::resolver::results_type const& found) {
        if (self->finished_) return;
        if (error) {
          self->fail(self->way_error(Errc::kDnsFailed, error.message()));
          return;
        }
        std::vector<tcp::endpoint> addresses{found.begin(), found.end()};
        if (self->addresses_) self->addresses_->order(addresses);
        connect_in_turn(self->socket_, std::move(addresses), timeout,
                        [self](error_code const& failure) {
                          if (self->finished_) return;
                          if (failure) {
                            self->fail(self->way_error(Errc::kConnectFailed, failure.message()));
                            return;
                          }
                          self->start();
                        });
      });
}

/// Returns the failure before the exchange itself was reached, naming the part that failed.
Error StreamSocket::way_error(Errc code, std::string const& why) const {
  if (!tunnel_) return Error{code, host_ + ": " + why};
  return Error{
      code, "the proxy " + tunnel_->proxy().authority() + ": " + why + "; check binance.proxy_url"};
}

void StreamSocket::start() {
  if (finished_) return;
  error_code error;
  auto const endpoint = socket_.remote_endpoint(error);
  if (error) {
    fail(way_error(Errc::kConnectFailed, error.message()));
    return;
  }
  peer_ = PeerAddresses::text_of(endpoint);
  socket_.set_option(tcp::no_delay{true}, error);
  if (tunnel_) {
    queued_ = tunnel_->request();
    flush();
  } else {
    secure();
  }
  if (!finished_) receive();
}

/// TLS, if any: what follows is between K2 and its peer.
void StreamSocket::secure() {
  if (ssl_) {
    shake_hands();
  } else {
    open_ = true;
    deadline_.cancel();
    handlers_.on_open();
  }
}

void StreamSocket::pass_proxy() {
  std::string_view bytes{received_.get() + received_at_, received_end_ - received_at_};
  switch (tunnel_->next(bytes)) {
    case ProxyTunnel::Status::kFailed:
      fail(tunnel_->error());
      return;
    case ProxyTunnel::Status::kNeedMore:
      received_at_ = received_end_;
      return;
    case ProxyTunnel::Status::kOpen:
      // What came behind the proxy's answer is the peer's.
      received_at_ = received_end_ - bytes.size();
      peer_ += " (proxy)";
      tunnel_.reset();
      secure();
      return;
  }
}

void StreamSocket::shake_hands() {
  ERR_clear_error();
  int const result = SSL_do_handshake(ssl_.get());
  if (result != 1) {
    int const reason = SSL_get_error(ssl_.get(), result);
    if (reason != SSL_ERROR_WANT_READ) {
      Error error = handshake_error(ssl_.get(), host_);
      flush();  // the alert that tells the peer why
      fail(std::move(error));
      return;
    }
  }
  flush();
  if (result == 1) {
    open_ = true;
    deadline_.cancel();
    handlers_.on_open();
  }
}

void StreamSocket::receive() {
  K2_ASSERT(received_at_ == received_end_);
  socket_.async_read_some(
      asio::buffer(received_.get(), kReceiveBytes),
      [self = shared_from_this()](error_code const& error, std::size_t count) {
        if (self->finished_) return;
        if (error) {
          if (self->tunnel_) {
            self->fail(self->way_error(Errc::kProxyRefused,
                                       "no answer to CONNECT, but " + error.message()));
          } else if (self->open_ || !self->ssl_) {
            self->fail(socket_error("receive", error));
          } else {
            self->fail(cut_handshake_error(self->host_, error.message()));
          }
          return;
        }
        self->take_received(count);
        if (!self->finished_) self->receive();
      });
}

void StreamSocket::take_received(std::size_t count) {
  received_at_ = 0;
  received_end_ = count;
  if (closing_) {
    received_at_ = received_end_;  // nobody reads any more
    return;
  }
  if (tunnel_) {
    pass_proxy();
  } else if (!open_) {
    shake_hands();
  }
  if (open_ && !finished_) handlers_.on_data();
  if (finished_) return;
  K2_ASSERT(received_at_ == received_end_);
  flush();  // answers that OpenSSL itself made (key updates)
}

std::size_t StreamSocket::read(std::span<char> into) {
  if (finished_ || into.empty()) return 0;
  if (!ssl_) {
    std::size_t const count = std::min(into.size(), received_end_ - received_at_);
    std::memcpy(into.data(), received_.get() + received_at_, count);
    received_at_ += count;
    return count;
  }
  int const count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
  if (count > 0) return static_cast<std::size_t>(count);
  int const reason = SSL_get_error(ssl_.get(), count);
  if (reason == SSL_ERROR_WANT_READ) return 0;
  received_at_ = received_end_;
  if (reason == SSL_ERROR_ZERO_RETURN) {
    fail(Error{Errc::kConnectionClosed, "the peer ended the TLS session"});
  } else {
    fail(Error{Errc::kSocketFailed, "TLS: " + take_openssl_error()});
  }
  return 0;
}

void StreamSocket::write(std::string_view bytes) {
  if (finished_ || closing_ || bytes.empty()) return;
  if (!ssl_) {
    queued_.append(bytes);
    return;
  }
  // The BIO takes everything, so SSL_write never has to be retried.
  int const written = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (written <= 0) fail(Error{Errc::kSocketFailed, "TLS: " + take_openssl_error()});
}

void StreamSocket::flush() {
  if (finished_ || !sending_.empty() || queued_.empty()) return;
  std::swap(sending_, queued_);
  asio::async_write(socket_, asio::buffer(sending_),
                    [self = shared_from_this()](error_code const& error, std::size_t) {
                      self->sending_.clear();
                      if (self->finished_) return;
                      if (error) {
                        self->fail(socket_error("send", error));
                      } else if (!self->queued_.empty()) {
                        self->flush();
                      } else if (self->closing_) {
                        self->finish(Error{Errc::kConnectionClosed, "closed by this side"});
                      } else if (self->handlers_.on_drained) {
                        self->handlers_.on_drained();
                      }
                    });
}

void StreamSocket::close() {
  if (finished_ || closing_) return;
  if (ssl_ && open_) {
    SSL_shutdown(ssl_.get());
    // OpenSSL's error queue is the thread's: what a session that broke before leaves there would be
    // taken for the next line's own trouble.
    ERR_clear_error();
  }
  flush();
  closing_ = true;
  if (sending_.empty() && queued_.empty()) {
    asio::post(socket_.get_executor(), [self = shared_from_this()] {
      self->finish(Error{Errc::kConnectionClosed, "closed by this side"});
    });
    return;
  }
  // A peer that reads nothing must not hold a closing socket without a limit.
  arm_deadline(std::chrono::seconds{2});
}

void StreamSocket::reset(std::string_view why) {
  if (finished_) return;
  error_code ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);
  fail(Error{Errc::kConnectionClosed, why});
}

void StreamSocket::fail(Error error) {
  if (finished_) return;
  asio::post(socket_.get_executor(),
             [self = shared_from_this(), held = std::move(error)] { self->finish(held); });
  // Bytes still unread belong to a connection that is over.
  received_at_ = received_end_;
}

void StreamSocket::finish(Error const& error) {
  if (finished_) return;
  finished_ = true;
  error_code ignored;
  deadline_.cancel();
  resolver_.cancel();
  socket_.close(ignored);
  auto const handlers = std::exchange(handlers_, {});
  if (handlers.on_close) handlers.on_close(error);
}

std::string StreamSocket::tls_description() const {
  if (!ssl_) return "plain";
  return std::string{SSL_get_version(ssl_.get())} + " " + SSL_get_cipher_name(ssl_.get());
}

std::vector<PeerCertificate> StreamSocket::peer_certificates() const {
  return ssl_ ? read_peer_certificates(ssl_.get()) : std::vector<PeerCertificate>{};
}

}  // namespace k2::io
