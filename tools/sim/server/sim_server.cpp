#include "tools/sim/server/sim_server.hpp"

#include "core/assert.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"
#include "tools/sim/admin_api.hpp"
#include "tools/sim/server/fault_log.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

namespace k2::sim {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using io::LogLevel;

// Chosen: so many publications between two looks at the sockets.
constexpr int kBatch = 512;

// Units: bytes; as fast as possible means to keep about this much on its way to each client.
constexpr std::size_t kAheadBytesMax = std::size_t{512} * 1024;

// Chosen: how long the last frames and goodbyes may take.
constexpr std::chrono::seconds kEndTimeout{5};

// The admin port can end connections at will, so it is open to this machine only.
constexpr char const* kAdminAddress = "127.0.0.1";

std::vector<std::string> names_of(SimServerOptions const& options) {
  std::vector<std::string> names{"localhost", "127.0.0.1", "::1"};
  names.insert(names.end(), options.tls_names.begin(), options.tls_names.end());
  std::string const& bind = options.bind;
  if (bind != "127.0.0.1" && bind != "::1") names.push_back(bind);
  return names;
}

// True for actions that send clients something other than further frames.
bool ends_something(Action const& action) {
  return std::holds_alternative<CloseSession>(action) ||
         std::holds_alternative<DropSession>(action);
}

}  // namespace

SimServer::SimServer(SimServerOptions const& options, Simulator& simulator)
    : options_(options),
      simulator_(simulator),
      websocket_(io_, options.pack_records, events(), [this] { return admit(); }),
      timer_(io_),
      end_timer_(io_),
      signals_(io_, SIGINT, SIGTERM) {}

SimServer::~SimServer() = default;

WsConnection::Events SimServer::events() {
  WsConnection::Events events;
  events.upgrading = [this] { return simulator_.upgrading(io::read_clock()); };
  events.opened = [this](SessionId id, StreamTarget target) {
    io::log_event(LogLevel::kInfo, "sim.session_opened",
                  {{"session", static_cast<std::uint64_t>(id)},
                   {"streams", target.streams.size()},
                   {"combined", target.combined}});
    Now const now = io::read_clock();
    simulator_.opened(id, std::move(target), now, actions_);
    perform(now);
    post_step();
  };
  events.message = [this](SessionId id, ws::Message const& message) { on_message(id, message); };
  events.closed = [this](SessionId id) {
    io::log_event(LogLevel::kInfo, "sim.session_closed",
                  {{"session", static_cast<std::uint64_t>(id)}});
    simulator_.closed(id);
    if (ending_ && websocket_.empty()) io_.stop();
    post_step();
  };
  events.drained = [this] { post_step(); };
  return events;
}

Result<bool> SimServer::open() {
  if (!options_.tls_dir.empty()) {
    auto tls = TlsProfiles::make(options_.tls_dir, names_of(options_));
    if (!tls) return tls.error();
    tls_ = std::move(*tls);
  }
  if (!options_.ledger_file.empty()) {
    if (auto const opened = ledger_.open(options_.ledger_file); !opened) return opened.error();
  }
  rest_ = std::make_unique<io::HttpServer>(
      io_, tls_ ? tls_->of(TlsFault::kNone) : nullptr, io::HttpLimits{},
      [this](io::HttpServerRequest const& request) { return answer(request); });
  auto const rest_port = rest_->listen(options_.bind, options_.rest_port);
  if (!rest_port) return rest_port.error();
  rest_port_ = *rest_port;
  if (auto const opened = open_admin_port(); !opened) return opened.error();
  auto const port = websocket_.listen(options_.bind, options_.port);
  if (!port) return port.error();
  port_ = *port;
  return true;
}

Result<bool> SimServer::open_admin_port() {
  if (!options_.admin_port) return true;
  admin_ = std::make_unique<io::HttpServer>(
      io_, nullptr, io::HttpLimits{},
      [this](io::HttpServerRequest const& request) { return administer(request); });
  auto const port = admin_->listen(kAdminAddress, *options_.admin_port);
  if (!port) return port.error();
  admin_port_ = *port;
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
  if (ledger_.is_open()) return ledger_.write(simulator_.ledger());
  return true;
}

WsPort::Admission SimServer::admit() {
  ConnectVerdict const verdict = simulator_.connecting(io::read_clock());
  return {verdict.hold, tls_ ? tls_->of(verdict.tls) : nullptr};
}

io::HttpServerReply SimServer::answer(io::HttpServerRequest const& request) {
  RestRequest const asked{request.method, request.target, request.client,
                          request.header("X-MBX-TIME-UNIT")};
  RestReply answered = simulator_.answer(asked, io::read_clock());
  io::HttpServerReply reply;
  reply.status = answered.status;
  reply.headers = std::move(answered.headers);
  reply.body = std::move(answered.body);
  reply.cut = answered.cut;
  reply.delay = std::chrono::ceil<std::chrono::milliseconds>(answered.delay);
  return reply;
}

io::HttpServerReply SimServer::administer(io::HttpServerRequest const& request) {
  Now const now = io::read_clock();
  AdminReply answered = answer_admin(
      simulator_, {request.method, request.target, request.body, request.header("Origin")}, now,
      actions_);
  perform(now);
  post_step();
  io::HttpServerReply reply;
  reply.status = answered.status;
  reply.body = std::move(answered.body);
  return reply;
}

void SimServer::on_message(SessionId id, ws::Message const& message) {
  Now const now = io::read_clock();
  switch (message.opcode) {
    case ws::Opcode::kText:
    case ws::Opcode::kBinary:
      simulator_.text_received(id, message.payload, now, actions_);
      break;
    case ws::Opcode::kPing:
      simulator_.ping_received(id, message.payload, now, actions_);
      break;
    case ws::Opcode::kPong:
      simulator_.pong_received(id, now, actions_);
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
  simulator_.tick(now, actions_);
  perform(now);
  publish_batch(now);
  write_ledger();
  if (ending_) return;
  websocket_.flush(io::read_clock().mono);
  if (!options_.wait_for_clients) {
    slow_clients_cut_ += websocket_.cut_those_owed_more_than(kQueueBytesMax);
  }
  report_when_done();
  arm(now);
}

void SimServer::publish_batch(Now now) {
  bool const may_wait = options_.wait_for_clients;
  for (int i = 0; i < kBatch; ++i) {
    if (may_wait && i % 16 == 0 && websocket_.owes_more_than(kAheadBytesMax)) return;
    if (!simulator_.publish_next(now, actions_)) return;
    perform(now);
  }
}

void SimServer::perform(Now now) {
  log_faults(simulator_.fault_events());
  // A close frame sends what is queued before it.
  if (std::ranges::any_of(actions_, ends_something)) write_ledger();
  for (Action const& action : actions_) websocket_.perform(action, now.mono);
  actions_.clear();
}

void SimServer::write_ledger() {
  if (!ledger_.is_open() || simulator_.ledger().empty() || failure_) return;
  if (auto const written = ledger_.write(simulator_.ledger()); !written) {
    failure_ = written.error();
    end();
  }
}

void SimServer::arm(Now now) {
  bool const behind = options_.wait_for_clients && websocket_.owes_more_than(kAheadBytesMax);
  // A client that is behind wakes this up again when its bytes are gone.
  if (simulator_.publication_due(now.mono) && !behind) return post_step();
  auto next = behind ? std::optional<MonoTime>{now.mono + std::chrono::milliseconds{100}}
                     : simulator_.next_deadline();
  auto const link = websocket_.next_deadline();
  if (link && (!next || *link < *next)) next = link;
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
  if (!simulator_.finished() || reported_ || websocket_.owes_more_than(0)) return;
  reported_ = true;
  std::printf("k2-sim finished published=%llu events=%llu slow_clients_cut=%llu\n",
              static_cast<unsigned long long>(simulator_.trades_published()),
              static_cast<unsigned long long>(simulator_.events_published()),
              static_cast<unsigned long long>(slow_clients_cut_));
  std::fflush(stdout);
  if (options_.exit_when_done) end();
}

void SimServer::end() {
  if (std::exchange(ending_, true)) return;
  error_code ignored;
  signals_.cancel(ignored);
  timer_.cancel();
  rest_.reset();
  admin_.reset();
  websocket_.end(io::read_clock().mono);
  // The sockets close on their own; this is the longest wait for them.
  end_timer_.expires_after(kEndTimeout);
  end_timer_.async_wait([this](error_code const&) { io_.stop(); });
  if (websocket_.empty()) io_.stop();
}

}  // namespace k2::sim
