// Runs an io_context like io_context::run(), but a thread that would be woken thousands of times a
// second takes its events in turns a millisecond apart instead.
#pragma once

#include <boost/asio/io_context.hpp>

namespace k2::io {

/// Returns once `io` is stopped or has nothing left to do.
void run_paced(boost::asio::io_context& io);

}  // namespace k2::io
