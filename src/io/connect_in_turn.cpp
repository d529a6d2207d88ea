#include "io/connect_in_turn.hpp"

#include "core/assert.hpp"

#include <boost/asio/steady_timer.hpp>

#include <memory>
#include <utility>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

/// The last address gets a second share: the handshakes above TCP still have to follow.
constexpr int kSharesOfLast = 2;

struct Attempts : std::enable_shared_from_this<Attempts> {
  Attempts(tcp::socket& wanted, std::vector<tcp::endpoint> tried, std::chrono::milliseconds timeout,
           std::function<void(error_code const&)> outcome)
      : socket(wanted),
        patience(wanted.get_executor()),
        addresses(std::move(tried)),
        share(timeout / static_cast<int>(addresses.size() - 1 + kSharesOfLast)),
        done(std::move(outcome)) {}

  void try_next() {
    abandoned = false;
    bool const last = next + 1 == addresses.size();
    if (!last) {
      patience.expires_after(share);
      patience.async_wait([self = shared_from_this(), attempt = next](error_code const& error) {
        if (error || self->next != attempt + 1 || self->abandoned) return;
        self->abandoned = true;
        error_code ignored;
        self->socket.close(ignored);
      });
    }
    tcp::endpoint const& address = addresses[next++];
    socket.async_connect(address, [self = shared_from_this(), last](error_code const& error) {
      self->patience.cancel();
      // Closed by its owner, unless our own patience did it.
      bool const stopped = error == asio::error::operation_aborted && !self->abandoned;
      bool const failed = error || self->abandoned;
      if (!failed || last || stopped) return self->finish(error);
      error_code ignored;
      self->socket.close(ignored);
      self->try_next();
    });
  }

  void finish(error_code const& error) { std::exchange(done, nullptr)(error); }

  tcp::socket& socket;
  asio::steady_timer patience;
  std::vector<tcp::endpoint> addresses;
  std::chrono::milliseconds share;
  std::function<void(error_code const&)> done;
  std::size_t next = 0;
  bool abandoned = false;
};

}  // namespace

void connect_in_turn(tcp::socket& socket, std::vector<tcp::endpoint> addresses,
                     std::chrono::milliseconds timeout,
                     std::function<void(error_code const&)> done) {
  K2_ASSERT(!addresses.empty());
  if (addresses.size() > kAddressesMax) addresses.resize(kAddressesMax);
  std::make_shared<Attempts>(socket, std::move(addresses), timeout, std::move(done))->try_next();
}

}  // namespace k2::io
