// The log lines of a shard: one for each change of state, none for a trade.
#pragma once

#include "feed/endpoint.hpp"
#include "feed/feed.hpp"
#include "shard/shard.hpp"

#include <chrono>
#include <string>

namespace k2::io {

void log_opening(feed::OpenLine const& action, feed::Endpoint const& endpoint);
void log_ping(LineId line);
void log_pong(LineId line, std::chrono::nanoseconds round_trip);
/// Logs the end of a connection whose certificate is not trusted, and no other end.
void log_rejected_certificate(std::string const& endpoint, Error const& why);
void log_line_change(feed::LineChanged const& change);
/// `shard` tells the names of symbols.
void log_note(shard::Note const& note, shard::Shard const& shard);

}  // namespace k2::io
