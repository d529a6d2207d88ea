#include "io/tcp_listen.hpp"

#include <boost/asio/ip/address.hpp>

namespace k2::io {

namespace asio = boost::asio;
using asio::ip::tcp;

Result<std::uint16_t> tcp_listen(tcp::acceptor& acceptor, std::string const& address,
                                 std::uint16_t port) {
  boost::system::error_code error;
  auto const ip = asio::ip::make_address(address, error);
  tcp::endpoint const endpoint{ip, port};
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address{true}, error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    return Error{Errc::kSocketFailed,
                 "listen on " + address + ":" + std::to_string(port) + ": " + error.message()};
  }
  return acceptor.local_endpoint().port();
}

}  // namespace k2::io
