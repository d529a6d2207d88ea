// A TCP connection to a host with several addresses: each is tried in turn, and one that never
// answers uses up its share of the time only. It resolves no names; the caller passes the addresses
// in.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <functional>
#include <vector>

namespace k2::io {

/// Maximum number of a host's addresses that are tried. Chosen: public names of the exchange have
/// up to eight.
inline constexpr std::size_t kAddressesMax = 8;

/// Connects `socket` to the first of the addresses (at least one) that takes it, and calls `done`
/// with the outcome, of the last address when all failed. All but the last get an equal share of
/// `timeout`; the last gets what is left, which its owner bounds. Closing the socket from outside
/// ends it with operation_aborted. `done` keeps the socket's owner alive.
void connect_in_turn(boost::asio::ip::tcp::socket& socket,
                     std::vector<boost::asio::ip::tcp::endpoint> addresses,
                     std::chrono::milliseconds timeout,
                     std::function<void(boost::system::error_code const&)> done);

}  // namespace k2::io
