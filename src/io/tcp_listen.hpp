// Begins to listen on an address, for every server here.
#pragma once

#include "core/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace k2::io {

/// Opens the acceptor and returns its port; port 0 takes any that is free.
/// Errors: kSocketFailed, naming the address and the reason.
[[nodiscard]] Result<std::uint16_t> tcp_listen(boost::asio::ip::tcp::acceptor& acceptor,
                                               std::string const& address, std::uint16_t port);

}  // namespace k2::io
