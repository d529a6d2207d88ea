// The sockets of the exchange simulator: accepts WebSocket and REST clients, passes their events to
// the simulator, performs its actions, publishes at the requested pace, writes the ledger. One
// io_context, one thread; all decisions are the simulator's.
#pragma once

#include "core/result.hpp"
#include "io/http_server.hpp"
#include "tools/sim/server/ledger_file.hpp"
#include "tools/sim/server/tls_profiles.hpp"
#include "tools/sim/server/ws_port.hpp"
#include "tools/sim/simulator.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::sim {

struct SimServerOptions {
  std::string bind = "127.0.0.1";
  std::uint16_t port = 0;
  std::uint16_t rest_port = 0;
  /// The port of the admin interface, open to this machine only. Empty: the faults cannot be
  /// changed while it runs.
  std::optional<std::uint16_t> admin_port;
  /// The folder for the certificates, which are made when the server opens; empty: no TLS.
  std::string tls_dir;
  /// Names that the certificate is for besides this machine's own.
  std::vector<std::string> tls_names;
  /// Empty: no ledger.
  std::string ledger_file;
  bool pack_records = false;
  bool exit_when_done = false;
  /// The sources wait for the slowest client instead of cutting it.
  bool wait_for_clients = false;
  std::optional<std::chrono::milliseconds> duration;
};

class SimServer {
 public:
  /// Chosen: what a client may owe before it is cut, about a minute of a busy market.
  static constexpr std::size_t kQueueBytesMax = std::size_t{32} * 1024 * 1024;

  /// `simulator` outlives the server.
  SimServer(SimServerOptions const& options, Simulator& simulator);
  SimServer(SimServer const&) = delete;
  SimServer& operator=(SimServer const&) = delete;
  ~SimServer();

  /// Opens the ports and the ledger.
  /// Errors: kSocketFailed, kFileFailed.
  [[nodiscard]] Result<bool> open();
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// The file of the authority that clients must trust; empty without TLS.
  [[nodiscard]] std::string ca_file() const { return tls_ ? tls_->ca_file() : std::string{}; }
  [[nodiscard]] std::uint16_t rest_port() const noexcept { return rest_port_; }
  /// 0 when there is none.
  [[nodiscard]] std::uint16_t admin_port() const noexcept { return admin_port_; }

  /// Runs until SIGTERM, SIGINT, the duration, or the end of the source.
  /// Errors: kFileFailed, kDiskFull when the ledger cannot be written.
  [[nodiscard]] Result<bool> run();

  [[nodiscard]] std::uint64_t slow_clients_cut() const noexcept { return slow_clients_cut_; }

 private:
  [[nodiscard]] WsConnection::Events events();
  [[nodiscard]] WsPort::Admission admit();
  [[nodiscard]] io::HttpServerReply answer(io::HttpServerRequest const& request);
  [[nodiscard]] io::HttpServerReply administer(io::HttpServerRequest const& request);
  [[nodiscard]] Result<bool> open_admin_port();
  void on_message(SessionId id, ws::Message const& message);
  void step();
  void publish_batch(Now now);
  void perform(Now now);
  /// Writes the ledger before any frame leaves: every trade that a client has received is in it.
  void write_ledger();
  void arm(Now now);
  void post_step();
  void report_when_done();
  void end();

  SimServerOptions options_;
  Simulator& simulator_;
  boost::asio::io_context io_;
  std::optional<TlsProfiles> tls_;
  WsPort websocket_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer end_timer_;
  boost::asio::signal_set signals_;
  std::unique_ptr<io::HttpServer> rest_;
  std::unique_ptr<io::HttpServer> admin_;
  LedgerFile ledger_;
  Actions actions_;
  std::uint16_t port_ = 0;
  std::uint16_t rest_port_ = 0;
  std::uint16_t admin_port_ = 0;
  std::uint64_t slow_clients_cut_ = 0;
  bool step_posted_ = false;
  bool reported_ = false;
  bool ending_ = false;
  std::optional<Error> failure_;
};

}  // namespace k2::sim
