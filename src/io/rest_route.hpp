// The address of a name that REST requests use. The resolver decides while all is well. An
// address can take connections and still be broken above TCP: then the next connection goes to an
// address drawn at random, and the first that answers is kept until it fails. Pure.
#pragma once

#include <string>
#include <string_view>

namespace k2::io {

class RestRoute {
 public:
  /// The exchange answered from this address; empty when it is not known.
  void worked(std::string_view ip) {
    if (draws_ && !ip.empty()) kept_ = ip;
    draws_ = false;
  }
  /// No answer came, or that of a broken server.
  void failed() {
    kept_.clear();
    draws_ = true;
  }

  /// The address to connect to; empty for the resolver's choice.
  [[nodiscard]] std::string const& kept() const noexcept { return kept_; }
  /// The next request needs a new connection to an address drawn anew.
  [[nodiscard]] bool draws() const noexcept { return draws_; }

 private:
  std::string kept_;
  bool draws_ = false;
};

}  // namespace k2::io
