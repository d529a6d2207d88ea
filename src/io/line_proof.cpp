#include "io/line_proof.hpp"

#include "feed/limits.hpp"
#include "io/clock.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <utility>

namespace k2::io {
namespace {

/// Replies to requests and announcements are no data; every frame of a combined stream names it.
bool is_data(std::string_view frame) {
  return frame.find("\"stream\":\"") != std::string_view::npos &&
         frame.find("\"stream\":\"!") == std::string_view::npos;
}

}  // namespace

Result<LineProof> prove_line(feed::Endpoint const& endpoint, std::string const& target,
                             SSL_CTX* tls, std::optional<Proxy> proxy,
                             std::chrono::milliseconds patience) {
  boost::asio::io_context io{1};
  boost::asio::steady_timer timer{io};
  Result<LineProof> outcome = Error{Errc::kTimeout, "the upgrade was not answered"};
  MonoTime opened_at{};
  std::shared_ptr<WsLine> line;
  auto const wait = [&](std::chrono::nanoseconds time) {
    timer.expires_after(time);
    timer.async_wait([&](boost::system::error_code const& error) {
      if (!error) io.stop();
    });
  };
  WsLine::Handlers handlers;
  handlers.on_open = [&] {
    opened_at = read_clock().mono;
    outcome = LineProof{.description = line->description(),
                        .certificates = line->peer_certificates(),
                        .first_data = std::nullopt};
    wait(patience);
  };
  handlers.on_text = [&](std::string_view frame, Now const& received) {
    if (!outcome || outcome->first_data || !is_data(frame)) return;
    outcome->first_data =
        std::chrono::duration_cast<std::chrono::milliseconds>(received.mono - opened_at);
    io.stop();
  };
  handlers.on_pong = [] {};
  handlers.on_batch_end = [](Now const&) {};
  handlers.on_close = [&](Error const& error, std::optional<std::chrono::seconds>) {
    if (!outcome || !outcome->first_data) outcome = error;
    io.stop();
  };
  wait(feed::kConnectTimeout * 2);
  line = WsLine::open(io, endpoint, target, tls,
                      std::chrono::duration_cast<std::chrono::milliseconds>(feed::kConnectTimeout),
                      Rng{static_cast<std::uint64_t>(read_clock().mono.time_since_epoch().count())},
                      std::move(handlers), std::move(proxy));
  io.run();
  line->close();
  timer.cancel();
  io.restart();
  io.run_for(std::chrono::seconds{1});
  return outcome;
}

}  // namespace k2::io
