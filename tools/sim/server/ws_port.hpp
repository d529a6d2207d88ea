// The WebSocket port: accepts clients, keeps their connections, performs the simulator's actions on
// them. It decides nothing. Its io_context's thread.
#pragma once

#include "core/result.hpp"
#include "tools/sim/actions.hpp"
#include "tools/sim/server/ws_connection.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::sim {

class WsPort {
 public:
  /// The treatment of a client that connects.
  struct Admission {
    bool hold = false;
    /// Null means plain TCP.
    SSL_CTX* tls = nullptr;
  };
  using Admit = std::function<Admission()>;

  /// Chosen: far more than any test opens; further clients are turned away.
  static constexpr std::size_t kConnectionsMax = 4096;

  /// `io` outlives the port. `closed` of the events is called once the connection is forgotten.
  WsPort(boost::asio::io_context& io, bool pack_records, WsConnection::Events events, Admit admit);
  WsPort(WsPort const&) = delete;
  WsPort& operator=(WsPort const&) = delete;
  ~WsPort() = default;

  /// Starts to accept and returns the port, because the requested one may be 0.
  /// Errors: kSocketFailed naming the address.
  [[nodiscard]] Result<std::uint16_t> listen(std::string const& address, std::uint16_t port);

  void perform(Action const& action, MonoTime now);
  /// Sends what is queued, and what is due by the clock.
  void flush(MonoTime now);
  /// The next moment at which flush() has something to do by the clock.
  [[nodiscard]] std::optional<MonoTime> next_deadline() const;

  /// True when a client has more than so many bytes on their way to it.
  [[nodiscard]] bool owes_more_than(std::size_t bytes) const;
  /// Resets the clients that are owed more than so many bytes; how many they were.
  std::size_t cut_those_owed_more_than(std::size_t bytes);

  /// Accepts no more and ends every connection.
  void end(MonoTime now);
  [[nodiscard]] bool empty() const noexcept { return connections_.empty(); }

 private:
  void accept();
  void serve(boost::asio::ip::tcp::socket socket, SSL_CTX* tls);
  [[nodiscard]] WsConnection* find(SessionId id);

  boost::asio::ip::tcp::acceptor acceptor_;
  bool pack_records_;
  WsConnection::Events events_;
  Admit admit_;
  std::map<SessionId, std::unique_ptr<WsConnection>> connections_;
  /// Clients whose first bytes the network swallows.
  std::vector<boost::asio::ip::tcp::socket> held_;
  std::uint64_t next_id_ = 1;
  bool ending_ = false;
};

}  // namespace k2::sim
