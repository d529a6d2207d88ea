// A byte stream over TCP, with TLS or without, as client or as server: the one way in which K2's
// WebSocket bytes reach the kernel. Non-blocking; lives on its io_context's thread.
//
// Reading drains: on_data means "read() until it gives nothing". Writing batches: each write() is
// one TLS record, flush() hands all of them to the kernel in one send. It knows nothing of
// WebSocket and never reconnects; a StreamSocket is used once.
#pragma once

#include "core/result.hpp"
#include "io/peer_addresses.hpp"
#include "io/peer_certificates.hpp"
#include "io/proxy.hpp"
#include "io/tls_record_border.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <openssl/ssl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

class StreamSocket : public std::enable_shared_from_this<StreamSocket> {
 public:
  /// Called on the io_context's thread, never from inside a call into the socket.
  struct Handlers {
    /// Connected, and the TLS handshake (if any) is done.
    std::function<void()> on_open;
    /// Bytes may be there: read() until it returns 0.
    std::function<void()> on_data;
    /// The end, once, whatever the reason. Nothing is called after it.
    std::function<void(Error const&)> on_close;
    /// All that was flushed is with the kernel; optional.
    std::function<void()> on_drained;
  };

  /// Resolves, connects (every address in turn) and shakes hands, all within `timeout`; through
  /// a tunnel of the proxy if there is one, which then resolves the host itself.
  /// `tls` null speaks plain TCP. Addresses that failed before, as `addresses` knows, are tried
  /// last. Errors come by on_close: kDnsFailed, kConnectFailed, kProxyRefused, kTlsHandshake,
  /// kTlsCertificate, kTimeout.
  static std::shared_ptr<StreamSocket> connect(boost::asio::io_context& io, std::string host,
                                               std::string port, SSL_CTX* tls,
                                               std::chrono::milliseconds timeout, Handlers handlers,
                                               std::optional<Proxy> proxy = std::nullopt,
                                               std::shared_ptr<PeerAddresses const> addresses = {});

  /// Takes an accepted connection as the server's side.
  static std::shared_ptr<StreamSocket> accept(boost::asio::ip::tcp::socket socket, SSL_CTX* tls,
                                              std::chrono::milliseconds timeout, Handlers handlers);

  StreamSocket(StreamSocket const&) = delete;
  StreamSocket& operator=(StreamSocket const&) = delete;
  ~StreamSocket();

  /// Copies what has arrived, at most one TLS record; 0 when there is nothing more for now.
  [[nodiscard]] std::size_t read(std::span<char> into);

  /// Queues bytes as one TLS record (or raw bytes without TLS); flush() sends them.
  void write(std::string_view bytes);
  void flush();
  /// Units: bytes queued or with the kernel's send in progress.
  [[nodiscard]] std::size_t pending_bytes() const noexcept {
    return queued_.size() + sending_.size();
  }

  /// Sends what is queued, then a TLS close notification, and closes; on_close follows.
  void close();
  /// Sends an RST and discards everything immediately; on_close follows with the reason.
  void reset(std::string_view why = "reset by this side");

  /// "address:port" of the peer, or of the proxy in between, for logs; empty before the connection
  /// is established.
  [[nodiscard]] std::string const& peer() const noexcept { return peer_; }
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384", or "plain".
  [[nodiscard]] std::string tls_description() const;
  /// Returns the certificates of the peer, its own first; empty without TLS.
  [[nodiscard]] std::vector<PeerCertificate> peer_certificates() const;

 private:
  StreamSocket(boost::asio::ip::tcp::socket socket, SSL_CTX* tls, bool is_client, std::string host,
               Handlers handlers);

  void arm_deadline(std::chrono::milliseconds timeout);
  void resolve(std::string const& host, std::string const& port, std::chrono::milliseconds timeout);
  void start();
  void secure();
  void pass_proxy();
  void shake_hands();
  void take_received(std::size_t count);
  [[nodiscard]] Error way_error(Errc code, std::string const& why) const;
  void receive();
  void fail(Error error);
  void finish(Error const& error);

  static int bio_read(BIO* bio, char* into, int size);
  static int bio_write(BIO* bio, char const* from, int size);
  static long bio_ctrl(BIO* bio, int command, long number, void* pointer);
  static BIO_METHOD* bio_method();

  struct SslDeleter {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  boost::asio::ip::tcp::socket socket_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer deadline_;
  std::unique_ptr<SSL, SslDeleter> ssl_;
  std::string host_;
  std::shared_ptr<PeerAddresses const> addresses_;  // null: those of a proxy, or of a server's peer
  std::optional<ProxyTunnel> tunnel_;               // until it is open
  std::string peer_;
  Handlers handlers_;
  std::unique_ptr<char[]> received_;
  std::size_t received_at_ = 0;   // first byte not yet taken
  std::size_t received_end_ = 0;  // one past the last byte
  TlsRecordBorder record_;
  std::string queued_;
  std::string sending_;
  bool open_ = false;
  bool closing_ = false;
  bool finished_ = false;
};

}  // namespace k2::io
