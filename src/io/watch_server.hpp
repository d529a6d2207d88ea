// The HTTP server of the stream: /metrics, /healthz, /readyz, /api/status and the status page with
// its data, /api/history and /api/events. It has a thread of its own and sees only what is
// published to it, so that scrapers, even slow or many ones, never affect the data path of trades.
// It answers GET and HEAD and changes nothing.
#pragma once

#include "core/result.hpp"
#include "watch/snapshot.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace k2::io {

struct ListenAddress {
  std::string ip;
  std::uint16_t port = 0;

  /// "127.0.0.1:9091", "[::1]:9091"; port 0 takes a free one.
  /// Errors: kConfigInvalid.
  [[nodiscard]] static Result<ListenAddress> parse(std::string_view text);
};

class WatchServer {
 public:
  /// Listens and starts its thread. It answers requests to addresses, to localhost and to `names`.
  /// Errors: kSocketFailed when the address cannot be had.
  [[nodiscard]] static Result<std::unique_ptr<WatchServer>> start(
      ListenAddress const& address, std::vector<std::string> names = {});
  ~WatchServer();
  WatchServer(WatchServer const&) = delete;
  WatchServer& operator=(WatchServer const&) = delete;

  /// Publishes the snapshot that is shown from now on. Any thread.
  void publish(std::shared_ptr<watch::Snapshot const> snapshot);
  /// The port that it listens on.
  [[nodiscard]] std::uint16_t port() const noexcept;

 private:
  class Worker;
  explicit WatchServer(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

}  // namespace k2::io
