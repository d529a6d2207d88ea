// The addresses of the exchange that failed above TCP: they took the connection and then hung,
// reset it, spoke no TLS, refused the upgrade or stayed silent. The next connection tries all other
// addresses of the name first. Bounded; the shard's thread.
#pragma once

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::io {

class PeerAddresses {
 public:
  /// Chosen: far more than the names of the exchange have together.
  static constexpr std::size_t kRememberedMax = 64;

  /// "address:port", as StreamSocket::peer() names it.
  void failed(std::string_view peer) {
    if (peer.empty()) return;
    worked(peer);
    if (failed_.size() >= kRememberedMax) failed_.erase(failed_.begin());
    failed_.emplace_back(peer);
  }
  void worked(std::string_view peer) { std::erase(failed_, peer); }

  /// Puts the addresses that failed behind all others, the one that failed last at the end.
  void order(std::vector<boost::asio::ip::tcp::endpoint>& addresses) const {
    std::vector<std::pair<std::size_t, boost::asio::ip::tcp::endpoint>> ranked;
    for (std::size_t at = 0; at < addresses.size(); ++at) {
      auto const found = std::ranges::find(failed_, text_of(addresses[at]));
      bool const sound = found == failed_.end();
      auto const failure = static_cast<std::size_t>(found - failed_.begin());
      ranked.emplace_back(sound ? at : addresses.size() + failure, addresses[at]);
    }
    std::ranges::sort(ranked, {}, [](auto const& one) { return one.first; });
    for (std::size_t at = 0; at < ranked.size(); ++at) addresses[at] = ranked[at].second;
  }

  [[nodiscard]] static std::string text_of(boost::asio::ip::tcp::endpoint const& endpoint) {
    return endpoint.address().to_string() + ":" + std::to_string(endpoint.port());
  }

 private:
  std::vector<std::string> failed_;  // in the order of their newest failure
};

}  // namespace k2::io
