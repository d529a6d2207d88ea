// Defects of an exchange that its simulator does not have: ids that start over, trades whose values
// fit no record, REST rows with ids that nobody has reached, symbols that REST refuses, short
// pages. They change the texts between the simulator and the process; the ledger knows of them.
// Pure.
#pragma once

#include "core/ids.hpp"
#include "core/symbol.hpp"
#include "tools/sim/rest_api.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace k2::simulation {

class VenueDefects {
 public:
  /// Makes the ids of the symbol smaller by `by` from the trade `from` on; nothing older is left.
  void restart_ids(Symbol const& symbol, TradeId from, std::uint64_t by);
  /// The price of this trade has more places than any record, on the stream as over REST.
  void spoil(Symbol const& symbol, TradeId id);
  /// The next replies about the symbol end with a row of this id.
  void append_odd_row(Symbol const& symbol, std::uint64_t id, int replies);
  /// REST refuses each request for the symbol, or no longer.
  void refuse(Symbol const& symbol, bool refused);
  /// Pages of older trades of all symbols hold so many rows at most.
  void shorten_pages(std::size_t rows) { page_rows_ = rows; }

  /// A frame as it leaves the exchange.
  [[nodiscard]] std::string frame(std::string_view text) const;
  /// The target of a request as the exchange reads it.
  [[nodiscard]] std::string target(std::string const& asked) const;
  /// The answer to a request as it leaves the exchange.
  void change(std::string const& target, sim::RestReply& reply);
  /// The number of requests that were refused so far.
  [[nodiscard]] std::uint64_t refusals() const noexcept { return refusals_; }

 private:
  struct Restart {
    std::uint64_t from = 0;
    std::uint64_t by = 0;
  };
  struct OddRow {
    std::uint64_t id = 0;
    int replies = 0;
  };

  [[nodiscard]] bool changes_frames() const { return !restarts_.empty() || !spoiled_.empty(); }
  void change_rows(std::string const& symbol, bool older, std::string& body);

  std::map<std::string, Restart, std::less<>> restarts_;
  std::set<std::pair<std::string, std::uint64_t>> spoiled_;
  std::map<std::string, OddRow, std::less<>> odd_rows_;
  std::set<std::string, std::less<>> refused_;
  std::optional<std::size_t> page_rows_;
  std::uint64_t refusals_ = 0;
};

}  // namespace k2::simulation
