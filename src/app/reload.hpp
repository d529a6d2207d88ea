// SIGHUP: reads the configuration again and asks the exchange what its symbols mean, on a thread of
// its own, while the stream runs on. What comes of it is told on the stream's thread: which
// symbols to carry from now on. A configuration that is wrong changes nothing.
#pragma once

#include "app/flags.hpp"
#include "app/tapes.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <thread>
#include <vector>

namespace k2::app {

class Reload {
 public:
  using Carry = std::function<void(std::vector<shard::ShardSymbol>)>;

  /// `io` is the stream's; on it `carry` is called. It outlives the reload.
  Reload(boost::asio::io_context& io, Flags flags, Config running, Tapes tapes, Carry carry);
  Reload(Reload const&) = delete;
  Reload& operator=(Reload const&) = delete;

  /// Begins; while one is under way, another follows it.
  void begin();
  [[nodiscard]] bool under_way() const noexcept { return thread_.joinable(); }

 private:
  void run(std::stop_token const& stop);
  void finish(Resolved const& resolved, Result<Roll> roll);
  void log_unchanged_settings(Config const& wanted) const;

  boost::asio::io_context& io_;
  Flags flags_;
  Config running_;
  Tapes tapes_;
  Carry carry_;
  bool again_ = false;
  std::jthread thread_;
};

}  // namespace k2::app
