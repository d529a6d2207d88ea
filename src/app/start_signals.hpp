// Signals while the start is still under way: the questions to the exchange block their caller for
// up to a minute each, and SIGTERM must not wait for their answers.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <functional>
#include <stop_token>

namespace k2::app {

/// Runs `work` on a thread of its own until it returns, and `io` meanwhile. SIGINT and SIGTERM
/// request its stop. SIGHUP changes nothing: what it would read again is being read.
/// Returns true when such a signal came. `signals` belongs to `io`.
[[nodiscard]] bool run_until_signal(boost::asio::io_context& io, boost::asio::signal_set& signals,
                                    std::function<void(std::stop_token)> const& work);

}  // namespace k2::app
