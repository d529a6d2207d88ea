#include "tools/sim/server/ws_port.hpp"

#include "io/log.hpp"
#include "io/tcp_listen.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

constexpr std::uint16_t kGoingAway = 1001;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

WsPort::WsPort(asio::io_context& io, bool pack_records, WsConnection::Events events, Admit admit)
    : acceptor_(io),
      pack_records_(pack_records),
      events_(std::move(events)),
      admit_(std::move(admit)) {
  events_.closed = [this, told = std::move(events_.closed)](SessionId id) {
    connections_.erase(id);
    told(id);
  };
}

Result<std::uint16_t> WsPort::listen(std::string const& address, std::uint16_t port) {
  auto const opened = io::tcp_listen(acceptor_, address, port);
  if (opened) accept();
  return opened;
}

void WsPort::accept() {
  acceptor_.async_accept([this](error_code const& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || ending_) return;
    if (!error && connections_.size() + held_.size() < kConnectionsMax) {
      Admission const admission = admit_();
      if (admission.hold) {
        held_.push_back(std::move(socket));
      } else {
        serve(std::move(socket), admission.tls);
      }
    }
    accept();
  });
}

void WsPort::serve(tcp::socket socket, SSL_CTX* tls) {
  SessionId const id{next_id_++};
  auto& connection = connections_[id];
  connection = std::make_unique<WsConnection>(id, pack_records_, events_);
  connection->start(std::move(socket), tls);
}

void WsPort::perform(Action const& action, MonoTime now) {
  auto const with = [this](SessionId id, auto const& act) {
    if (WsConnection* const connection = find(id)) act(*connection);
  };
  std::visit(Overloaded{
                 [&](SendText const& send) {
                   with(send.session, [&](auto& to) { to.send(ws::Opcode::kText, send.text); });
                 },
                 [&](SendPing const& ping) {
                   with(ping.session, [&](auto& to) { to.send(ws::Opcode::kPing, ping.payload); });
                 },
                 [&](SendPong const& pong) {
                   with(pong.session, [&](auto& to) { to.send(ws::Opcode::kPong, pong.payload); });
                 },
                 [&](CloseSession const& close) {
                   with(close.session, [&](auto& to) { to.close(close.code, close.reason, now); });
                 },
                 [&](DropSession const& drop) {
                   with(drop.session, [&](auto& to) { to.drop(drop.how); });
                 },
                 [&](HoldLink const& hold) { with(hold.session, [](auto& to) { to.hold(); }); },
                 [&](ReleaseLink const& release) {
                   with(release.session, [](auto& to) { to.release(); });
                 },
                 [&](SlowLink const& slow) {
                   with(slow.session, [&](auto& to) { to.slow_down(slow.bytes_per_second, now); });
                 },
                 [&](ReleaseConnects const&) {
                   for (tcp::socket& socket : std::exchange(held_, {})) {
                     Admission const admission = admit_();
                     serve(std::move(socket), admission.tls);
                   }
                 },
             },
             action);
}

void WsPort::flush(MonoTime now) {
  for (auto const& [id, connection] : connections_) connection->tick(now);
}

std::optional<MonoTime> WsPort::next_deadline() const {
  std::optional<MonoTime> next;
  for (auto const& [id, connection] : connections_) {
    auto const at = connection->next_deadline();
    if (at && (!next || *at < *next)) next = at;
  }
  return next;
}

bool WsPort::owes_more_than(std::size_t bytes) const {
  return std::ranges::any_of(
      connections_, [&](auto const& entry) { return entry.second->pending_bytes() > bytes; });
}

std::size_t WsPort::cut_those_owed_more_than(std::size_t bytes) {
  std::size_t count = 0;
  for (auto const& [id, connection] : connections_) {
    if (connection->pending_bytes() <= bytes || connection->ended()) continue;
    io::log_event(io::LogLevel::kWarn, "sim.slow_client_cut",
                  {{"session", static_cast<std::uint64_t>(id)},
                   {"pending_bytes", connection->pending_bytes()}});
    connection->drop(DropKind::kReset);
    ++count;
  }
  return count;
}

void WsPort::end(MonoTime now) {
  ending_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  held_.clear();
  for (auto const& [id, connection] : connections_) {
    connection->release();
    connection->slow_down(0, now);
    connection->close(kGoingAway, {}, now);
    connection->drop(DropKind::kEnd);
  }
}

WsConnection* WsPort::find(SessionId id) {
  auto const found = connections_.find(id);
  return found == connections_.end() ? nullptr : found->second.get();
}

}  // namespace k2::sim
