#include "tools/sim/server/sim_server.hpp"

#include "core/assert.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"

#include <boost/asio/post.hpp>

#include <csignal>
#include <cstdio>
#include <utility>

namespace k2::sim {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;
using io::LogLevel;

// Chosen: so many publications between two looks at the sockets.
constexpr int kBatch = 512;

// Units: bytes; as fast as possible means to keep about this much on its way to each client.
constexpr std::size_t kAheadBytesMax = std::size_t{512} * 1024;

// Chosen: how long the last frames and goodbyes may take.
constexpr std::chrono::seconds kEndTimeout{5};

constexpr std::uint16_t kGoingAway = 1001;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

SimServer::SimServer(SimServerOptions const& options, Box& box)
    : options_(options),
      box_(box),
      acceptor_(io_),
      timer_(io_),
      end_timer_(io_),
      signals_(io_, SIGINT, SIGTERM) {
  events_.opened = [this](SessionId id, StreamTarget target) {
    io::log_event(LogLevel::kInfo, "sim.session_opened",
                  {{"session", static_cast<std::uint64_t>(id)},
                   {"streams", target.streams.size()},
                   {"combined", target.combined}});
    Now const now = io::read_clock();
    box_.opened(id, std::move(target), now, actions_);
    perform(now);
    post_step();
  };
  events_.message = [this](SessionId id, ws::Message const& message) { on_message(id, message); };
  events_.closed = [this](SessionId id) {
    io::log_event(LogLevel::kInfo, "sim.session_closed",
                  {{"session", static_cast<std::uint64_t>(id)}});
    box_.closed(id);
    connections_.erase(id);
    if (ending_ && connections_.empty()) io_.stop();
    post_step();
  };
  events_.drained = [this] { post_step(); };
}

SimServer::~SimServer() = default;

Result<bool> SimServer::open() {
  if (!options_.certificate_file.empty()) {
    auto tls = io::make_tls_server(options_.certificate_file, options_.key_file);
    if (!tls) return tls.error();
    tls_ = std::move(*tls);
  }
  if (!options_.ledger_file.empty()) {
    if (auto const opened = ledger_.open(options_.ledger_file); !opened) return opened.error();
  }
  if (auto const opened = open_websocket_port(); !opened) return opened.error();
  rest_ = std::make_unique<io::HttpServer>(
      io_, tls_.get(), io::HttpLimits{},
      [this](io::HttpServerRequest const& request) { return answer(request); });
  auto const rest_port = rest_->listen(options_.bind, options_.rest_port);
  if (!rest_port) return rest_port.error();
  rest_port_ = *rest_port;
  accept();
  return true;
}

Result<bool> SimServer::run() {
  signals_.async_wait([this](error_code const& error, int) {
    if (!error) end();
  });
  if (options_.duration) {
    end_timer_.expires_after(*options_.duration);
    end_timer_.async_wait([this](error_code const& error) {
      if (!error) end();
    });
  }
  post_step();
  io_.run();
  if (failure_) return *failure_;
  if (ledger_.is_open()) return ledger_.write(box_.ledger());
  return true;
}

Result<bool> SimServer::open_websocket_port() {
  error_code error;
  auto const address = asio::ip::make_address(options_.bind, error);
  tcp::endpoint const endpoint{address, options_.port};
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Error{Errc::kSocketFailed, "listen on " + options_.bind + ":" +
                                          std::to_string(options_.port) + ": " + error.message()};
  }
  port_ = acceptor_.local_endpoint().port();
  return true;
}

void SimServer::accept() {
  acceptor_.async_accept([this](error_code const& error, tcp::socket socket) {
    if (error == asio::error::operation_aborted || ending_) return;
    if (!error && connections_.size() < kConnectionsMax) {
      SessionId const id{next_id_++};
      auto& connection = connections_[id];
      connection = std::make_unique<WsConnection>(id, options_.pack_records, events_);
      connection->start(std::move(socket), tls_.get());
    }
    accept();
  });
}

io::HttpServerReply SimServer::answer(io::HttpServerRequest const& request) {
  RestRequest const asked{request.method, request.target, request.client,
                          request.header("X-MBX-TIME-UNIT")};
  RestReply answered = box_.answer(asked, io::read_clock());
  io::HttpServerReply reply;
  reply.status = answered.status;
  reply.headers = std::move(answered.headers);
  reply.body = std::move(answered.body);
  reply.cut = answered.cut;
  return reply;
}

void SimServer::on_message(SessionId id, ws::Message const& message) {
  Now const now = io::read_clock();
  switch (message.opcode) {
    case ws::Opcode::kText:
    case ws::Opcode::kBinary:
      box_.text_received(id, message.payload, now, actions_);
      break;
    case ws::Opcode::kPing:
      box_.ping_received(id, message.payload, now, actions_);
      break;
    case ws::Opcode::kPong:
      box_.pong_received(id, now, actions_);
      break;
    case ws::Opcode::kClose:
    case ws::Opcode::kContinuation:
      break;
  }
  perform(now);
  post_step();
}

void SimServer::step() {
  step_posted_ = false;
  if (ending_) return;
  Now const now = io::read_clock();
  box_.tick(now, actions_);
  perform(now);
  publish_batch(now);
  write_ledger();
  if (ending_) return;
  flush_all();
  if (!options_.wait_for_clients) cut_slow_clients();
  report_when_done();
  arm(now);
}

void SimServer::publish_batch(Now now) {
  bool const may_wait = options_.wait_for_clients;
  for (int i = 0; i < kBatch; ++i) {
    if (may_wait && i % 16 == 0 && a_client_is_behind()) return;
    if (!box_.publish_next(now, actions_)) return;
    perform(now);
  }
}

bool SimServer::a_client_is_behind() const {
  for (auto const& [id, connection] : connections_) {
    if (connection->pending_bytes() > kAheadBytesMax) return true;
  }
  return false;
}

void SimServer::cut_slow_clients() {
  for (auto const& [id, connection] : connections_) {
    if (connection->pending_bytes() <= kQueueBytesMax) continue;
    io::log_event(LogLevel::kWarn, "sim.slow_client_cut",
                  {{"session", static_cast<std::uint64_t>(id)},
                   {"pending_bytes", connection->pending_bytes()}});
    ++slow_clients_cut_;
    connection->drop(DropKind::kReset);
  }
}

void SimServer::perform(Now now) {
  auto const connection = [this](SessionId id) {
    auto const found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second.get();
  };
  for (Action const& action : actions_) {
    std::visit(Overloaded{
                   [&](SendText const& send) {
                     if (auto* to = connection(send.session))
                       to->send(ws::Opcode::kText, send.text);
                   },
                   [&](SendPing const& ping) {
                     auto* const to = connection(ping.session);
                     if (to != nullptr) to->send(ws::Opcode::kPing, ping.payload);
                   },
                   [&](SendPong const& pong) {
                     auto* const to = connection(pong.session);
                     if (to != nullptr) to->send(ws::Opcode::kPong, pong.payload);
                   },
                   [&](CloseSession const& close) {
                     write_ledger();  // saying goodbye sends what is queued
                     auto* const to = connection(close.session);
                     if (to != nullptr) to->close(close.code, close.reason, now.mono);
                   },
                   [&](DropSession const& drop) {
                     write_ledger();
                     if (auto* to = connection(drop.session)) to->drop(drop.how);
                   },
               },
               action);
  }
  actions_.clear();
}

void SimServer::write_ledger() {
  if (!ledger_.is_open() || box_.ledger().empty() || failure_) return;
  if (auto const written = ledger_.write(box_.ledger()); !written) {
    failure_ = written.error();
    end();
  }
}

void SimServer::flush_all() {
  Now const now = io::read_clock();
  for (auto const& [id, connection] : connections_) {
    connection->flush();
    auto const until = connection->goodbye_until();
    if (until && now.mono >= *until) connection->drop(DropKind::kEnd);
  }
}

void SimServer::arm(Now now) {
  bool const behind = options_.wait_for_clients && a_client_is_behind();
  // A client that is behind wakes this up again when its bytes are gone.
  if (box_.publication_due(now.mono) && !behind) return post_step();
  auto next = behind ? std::optional<MonoTime>{now.mono + std::chrono::milliseconds{100}}
                     : box_.next_deadline();
  for (auto const& [id, connection] : connections_) {
    auto const until = connection->goodbye_until();
    if (until && (!next || *until < *next)) next = until;
  }
  if (!next) return;
  timer_.expires_at(io::to_steady(*next));
  timer_.async_wait([this](error_code const& error) {
    if (!error) step();
  });
}

void SimServer::post_step() {
  if (std::exchange(step_posted_, true)) return;
  asio::post(io_, [this] { step(); });
}

void SimServer::report_when_done() {
  if (!box_.finished() || reported_) return;
  for (auto const& [id, connection] : connections_) {
    if (connection->pending_bytes() > 0) return;
  }
  reported_ = true;
  std::printf("k2-sim finished published=%llu events=%llu slow_clients_cut=%llu\n",
              static_cast<unsigned long long>(box_.trades_published()),
              static_cast<unsigned long long>(box_.events_published()),
              static_cast<unsigned long long>(slow_clients_cut_));
  std::fflush(stdout);
  if (options_.exit_when_done) end();
}

void SimServer::end() {
  if (std::exchange(ending_, true)) return;
  Now const now = io::read_clock();
  error_code ignored;
  acceptor_.close(ignored);
  signals_.cancel(ignored);
  timer_.cancel();
  rest_.reset();
  for (auto const& [id, connection] : connections_) {
    connection->close(kGoingAway, {}, now.mono);
    connection->drop(DropKind::kEnd);
  }
  // The sockets say goodbye on their own; nobody waits longer than this.
  end_timer_.expires_after(kEndTimeout);
  end_timer_.async_wait([this](error_code const&) { io_.stop(); });
  if (connections_.empty()) io_.stop();
}

}  // namespace k2::sim
