// The exchange of the benches: one TLS WebSocket connection, then trade frames as fast as they go
// (one TLS record per frame and many records per send, or records packed full) or at a given rate.
// Its own OpenSSL code, so that what is measured on the other side does not measure itself.
// Prints {"port":N,"ca":"FILE"} once it listens and {"first_s":T} as it begins, by the monotonic
// clock; ends by itself.
#include "bench/frame_source.hpp"
#include "core/ws/handshake_server.hpp"
#include "core/ws/receive_buffer.hpp"
#include "io/throwaway_ca.hpp"
#include "io/tls_context.hpp"
#include "tests/support/recording.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <chrono>
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace k2::bench {
namespace {

/// Longest plaintext of a TLS record.
constexpr std::size_t kRecordBytesMax = 16'384;

struct PumpOptions {
  std::string dir;
  std::string recording;
  std::uint64_t frames = 1'000'000;
  std::size_t symbols = 1;
  std::size_t records_per_send = 64;
  bool packed = false;
  /// Frames per second; 0 for as fast as they go.
  std::uint64_t rate = 0;
  unsigned seconds_max = 120;
};

[[noreturn]] void fail(char const* what) {
  throw std::runtime_error(fmt::format("{} failed", what));
}

/// An accepted connection whose records are gathered, so that one send takes many.
class PumpConnection {
 public:
  PumpConnection(SSL_CTX* context, int fd) : fd_(fd), ssl_(SSL_new(context)) {
    int const on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(ssl_, fd_);
    if (SSL_accept(ssl_) != 1) fail("TLS handshake");
    records_ = BIO_new(BIO_s_mem());
    SSL_set0_wbio(ssl_, records_);
  }
  PumpConnection(PumpConnection const&) = delete;
  PumpConnection& operator=(PumpConnection const&) = delete;
  ~PumpConnection() {
    SSL_free(ssl_);
    ::close(fd_);
  }

  void read_upgrade() {
    ws::ReceiveBuffer buffer;
    ws::ServerHandshake handshake;
    while (true) {
      auto const space = buffer.writable(4'096);
      int const count = SSL_read(ssl_, space.data(), static_cast<int>(space.size()));
      if (count <= 0) fail("reading the upgrade");
      buffer.commit(static_cast<std::size_t>(count));
      auto const status = handshake.next(buffer);
      if (status == ws::HandshakeStatus::kFailed) fail("the upgrade");
      if (status == ws::HandshakeStatus::kDone) break;
    }
    add_record(ws::server_accept(handshake.request().key));
    send();
  }

  void add_record(std::string_view bytes) {
    if (SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) <= 0) fail("SSL_write");
  }

  void send() {
    char* bytes = nullptr;
    auto left = static_cast<std::size_t>(BIO_get_mem_data(records_, &bytes));
    while (left > 0) {
      ssize_t const count = ::send(fd_, bytes, left, MSG_NOSIGNAL);
      if (count <= 0) fail("send");
      bytes += count;
      left -= static_cast<std::size_t>(count);
    }
    BIO_reset(records_);
  }

  /// Waits until the peer has closed the connection.
  void wait_for_the_end() {
    char byte = 0;
    while (::recv(fd_, &byte, 1, 0) > 0) {
    }
  }

 private:
  int fd_;
  SSL* ssl_;
  BIO* records_ = nullptr;
};

void pump_records(PumpOptions const& options, FrameSource& source, PumpConnection& connection) {
  for (std::uint64_t sent = 0; sent < options.frames;) {
    for (std::size_t record = 0; record < options.records_per_send && sent < options.frames;
         ++record, ++sent) {
      connection.add_record(source.next());
    }
    connection.send();
  }
}

void pump_packed(PumpOptions const& options, FrameSource& source, PumpConnection& connection) {
  std::string record;
  for (std::uint64_t sent = 0; sent < options.frames; ++sent) {
    auto const frame = source.next();
    if (record.size() + frame.size() > kRecordBytesMax) {
      connection.add_record(record);
      connection.send();
      record.clear();
    }
    record.append(frame);
  }
  connection.add_record(record);
  connection.send();
}

void pump_paced(PumpOptions const& options, FrameSource& source, PumpConnection& connection) {
  auto const interval = std::chrono::nanoseconds{1'000'000'000 / options.rate};
  auto due = std::chrono::steady_clock::now();
  for (std::uint64_t sent = 0; sent < options.frames;) {
    std::this_thread::sleep_until(due);
    auto const now = std::chrono::steady_clock::now();
    for (; due <= now && sent < options.frames; due += interval, ++sent) {
      connection.add_record(source.next());
    }
    connection.send();
  }
}

int listen_on_loopback(std::uint16_t& port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::bind(fd, any, length) != 0 || ::listen(fd, 1) != 0) fail("listen");
  ::getsockname(fd, any, &length);
  port = ntohs(address.sin_port);
  return fd;
}

int run(PumpOptions const& options) {
  ::alarm(options.seconds_max);
  auto const text = support::read_text(options.recording);
  FrameSource source{support::lines_of(text), options.symbols};
  auto const ca = io::make_throwaway_ca(options.dir, {"localhost", "127.0.0.1"}).value();
  auto const context = io::make_tls_server(ca.certificate_file, ca.key_file).value();
  std::uint16_t port = 0;
  int const listener = listen_on_loopback(port);
  fmt::print("{{\"port\":{},\"ca\":\"{}\"}}\n", port, ca.ca_file);
  std::fflush(stdout);
  int const fd = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
  if (fd < 0) fail("accept");
  PumpConnection connection{context.get(), fd};
  connection.read_upgrade();
  std::chrono::duration<double> const now = std::chrono::steady_clock::now().time_since_epoch();
  fmt::print("{{\"first_s\":{:.6f}}}\n", now.count());
  std::fflush(stdout);
  if (options.rate > 0) {
    pump_paced(options, source, connection);
  } else if (options.packed) {
    pump_packed(options, source, connection);
  } else {
    pump_records(options, source, connection);
  }
  connection.wait_for_the_end();
  ::close(listener);
  return 0;
}

}  // namespace
}  // namespace k2::bench

int main(int argc, char** argv) {
  k2::bench::PumpOptions options;
  CLI::App app{"TLS WebSocket pump of trade frames, for the benches"};
  app.add_option("--dir", options.dir, "where the certificates go")->required();
  app.add_option("--recording", options.recording, "recorded trade frames")->required();
  app.add_option("--frames", options.frames, "how many frames");
  app.add_option("--symbols", options.symbols, "over how many symbols")
      ->check(CLI::Range(1, 9'999));
  app.add_option("--records-per-send", options.records_per_send, "TLS records per send");
  app.add_flag("--packed", options.packed, "full TLS records instead of one per frame");
  app.add_option("--rate", options.rate, "frames per second; 0 for as fast as they go");
  app.add_option("--seconds-max", options.seconds_max, "give up after this long");
  CLI11_PARSE(app, argc, argv);
  try {
    return k2::bench::run(options);
  } catch (std::exception const& error) {
    fmt::print(stderr, "tls_pump: {}\n", error.what());
    return 1;
  }
}
