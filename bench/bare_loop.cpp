// The baseline of the process-level rows: the plainest OpenSSL read loop there is (blocking socket,
// read_ahead, 64 KiB reads) that counts WebSocket frames, and on demand also finds the members of
// each trade with simdjson, and brings them into Kafka. No event loop, no checks beyond what
// counting needs.
#include "bench/bare_kafka.hpp"
#include "bench/trade_members.hpp"
#include "bench/usage.hpp"
#include "core/ws/handshake_client.hpp"
#include "io/clock.hpp"
#include "io/tls_context.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace k2::bench {
namespace {

constexpr std::size_t kReadBytes = 65'536;

struct BareOptions {
  std::uint16_t port = 0;
  std::string ca;
  std::uint64_t frames = 0;
  bool parse = false;
  BareKafkaOptions kafka;
  unsigned seconds_max = 120;
};

[[noreturn]] void fail(char const* what) {
  throw std::runtime_error(fmt::format("{} failed", what));
}

int connect_to(std::uint16_t port) {
  int const fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd < 0 || ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  int const on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

class BareLoop {
 public:
  explicit BareLoop(BareOptions const& options) : options_(options) {
    if (!options.kafka.servers.empty()) kafka_.emplace(options.kafka);
  }

  void read_all(SSL* ssl) {
    std::vector<char> buffer(2 * kReadBytes + simdjson::SIMDJSON_PADDING);
    std::size_t held = 0;
    bool upgraded = false;
    while (frames_ < options_.frames) {
      int const count = SSL_read(ssl, buffer.data() + held, static_cast<int>(kReadBytes));
      if (count <= 0) fail("SSL_read");
      held += static_cast<std::size_t>(count);
      std::string_view const bytes{buffer.data(), held};
      std::size_t taken = 0;
      if (!upgraded) {
        auto const end = bytes.find("\r\n\r\n");
        if (end == bytes.npos) continue;
        upgraded = true;
        taken = end + 4;
      }
      if (kafka_) received_ = io::read_clock().utc;
      taken += take_frames(bytes.substr(taken));
      if (kafka_) kafka_->poll();
      held -= taken;
      std::memmove(buffer.data(), buffer.data() + taken, held);
    }
    if (kafka_) kafka_->flush();
  }

  /// Further members of the report.
  [[nodiscard]] std::string latencies() {
    if (!kafka_) return {};
    return fmt::format(R"(,"p50_us":{},"p99_us":{})", kafka_->latency_us(0.5),
                       kafka_->latency_us(0.99));
  }

 private:
  /// Takes the frames that lie whole in the bytes and returns how many bytes they take.
  std::size_t take_frames(std::string_view bytes) {
    std::size_t at = 0;
    while (bytes.size() - at >= 4) {
      auto const* const head = reinterpret_cast<unsigned char const*>(bytes.data() + at);
      if (head[0] != 0x81 || head[1] > 126) fail("reading a frame");
      bool const wide = head[1] == 126;
      std::size_t const length = wide ? head[2] * 256U + head[3] : head[1];
      std::size_t const start = at + (wide ? 4 : 2);
      if (bytes.size() < start + length) break;
      if (options_.parse || kafka_) {
        TradeMembers trade;
        if (!parse_members(parser_, bytes.substr(start, length), trade)) fail("parsing a frame");
        if (kafka_) kafka_->produce(trade, received_);
      }
      ++frames_;
      at = start + length;
    }
    return at;
  }

  BareOptions const& options_;
  simdjson::ondemand::parser parser_;
  std::optional<BareKafka> kafka_;
  UtcTime received_{};
  std::uint64_t frames_ = 0;
};

int run(BareOptions const& options) {
  ::alarm(options.seconds_max);
  auto const context =
      io::make_tls_client({.verify = true, .custom_ca_bundle = options.ca}).value();
  SSL_CTX_set_read_ahead(context.get(), 1);
  Stopwatch const watch;
  int const fd = connect_to(options.port);
  SSL* const ssl = SSL_new(context.get());
  io::expect_peer(ssl, "localhost");
  SSL_set_fd(ssl, fd);
  if (SSL_connect(ssl) != 1) fail("TLS handshake");
  auto const request = ws::client_request("localhost", "/stream?streams=x", ws::HandshakeNonce{});
  if (SSL_write(ssl, request.data(), static_cast<int>(request.size())) <= 0) fail("SSL_write");
  BareLoop loop{options};
  loop.read_all(ssl);
  auto const what = !options.kafka.servers.empty() ? "bare_kafka"
                    : options.parse                ? "bare_parse"
                                                   : "bare_count";
  fmt::print("{}", watch.report(what, options.frames, loop.latencies()));
  SSL_free(ssl);
  ::close(fd);
  return 0;
}

}  // namespace
}  // namespace k2::bench

int main(int argc, char** argv) {
  k2::bench::BareOptions options;
  CLI::App app{"the plainest TLS read loop, for the benches"};
  app.add_option("--port", options.port, "of the pump")->required();
  app.add_option("--ca", options.ca, "what signed the pump's certificate")->required();
  app.add_option("--frames", options.frames, "how many to read")->required();
  app.add_flag("--parse", options.parse, "find the trade's members with simdjson");
  app.add_option("--kafka", options.kafka.servers, "produce into these brokers");
  app.add_option("--topic", options.kafka.topic, "with --kafka");
  app.add_option("--linger-ms", options.kafka.linger_ms, "with --kafka");
  app.add_option("--symbols", options.kafka.symbols, "as the pump's, with --kafka");
  app.add_option("--seconds-max", options.seconds_max, "give up after this long");
  CLI11_PARSE(app, argc, argv);
  try {
    return k2::bench::run(options);
  } catch (std::exception const& error) {
    fmt::print(stderr, "bare_loop: {}\n", error.what());
    return 1;
  }
}
