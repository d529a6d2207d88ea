// Resolves the symbols of a stream against the exchange's list again, on a thread of its own, while
// the stream runs: on SIGHUP, after the configuration was read again, and every
// binance.symbols_refresh_seconds, with the configuration in force. The result, the symbols to
// carry from now on, is handed over on the stream's thread. An error changes nothing.
#pragma once

#include "app/flags.hpp"
#include "app/tapes.hpp"

#include <boost/asio/io_context.hpp>

#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace k2::app {

class Reload {
 public:
  using Carry = std::function<void(Roll)>;

  /// `io` is the stream's; on it `carry` is called. It outlives the reload. `running` is the
  /// configuration in force, and `tapes` remembers what is carried.
  Reload(boost::asio::io_context& io, Flags flags, Config running, Tapes tapes, Carry carry);
  Reload(Reload const&) = delete;
  Reload& operator=(Reload const&) = delete;

  /// Reads the configuration again; while something is under way, this follows it.
  void begin();
  /// Resolves the symbols of the configuration in force again; does nothing while another reload or
  /// refresh runs.
  void refresh();
  /// True while a requested reload runs; a refresh does not count.
  [[nodiscard]] bool under_way() const noexcept { return thread_.joinable() && !refreshing_; }

 private:
  void run(std::stop_token const& stop);
  void run_refresh(Config const& config, std::stop_token const& stop);
  void finish(Resolved const& resolved, Result<Roll> roll);
  void finish_refresh(Result<Roll> roll);
  void take(Roll roll);
  void log_unchanged_settings(Config const& wanted) const;

  boost::asio::io_context& io_;
  Flags flags_;
  Config running_;
  Config live_;  // running_ with the symbols that were read last
  Tapes tapes_;
  Carry carry_;
  UtcTime listed_at_;  // when the list in force was requested
  UtcTime asked_at_{};
  bool again_ = false;
  bool refreshing_ = false;
  std::jthread thread_;
};

}  // namespace k2::app
