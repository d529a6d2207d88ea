// The last id read of each tape, for comparison with the position that the store itself names.
// Pure;
// memory grows with the number of tapes only.
#pragma once

#include "core/ids.hpp"
#include "sink/block.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::verify {

class PositionCheck {
 public:
  struct Reached {
    /// The lowest and the last id among the records that are not LATE.
    std::optional<TradeId> lowest{};
    std::optional<TradeId> in_order{};
    /// The highest id of all.
    TradeId newest{};
  };

  void add(std::string_view symbol, TradeId id, bool late);
  [[nodiscard]] std::map<std::string, Reached, std::less<>> const& symbols() const noexcept {
    return symbols_;
  }
  /// Nothing when no record of the symbol was read.
  [[nodiscard]] Reached const* find(std::string_view symbol) const;

  /// Returns the symbols of which the records read do not end at the position.
  [[nodiscard]] std::vector<sink::Position> unmet(
      std::vector<sink::Position> const& positions) const;
  /// Returns the symbols with records in order and without a position.
  [[nodiscard]] std::vector<std::string> without_position(
      std::vector<sink::Position> const& positions) const;

 private:
  std::map<std::string, Reached, std::less<>> symbols_;
  /// The symbol that the last record had: most records have the same one as the one before.
  Reached* last_ = nullptr;
  std::string last_symbol_;
};

/// The sentence about a position that the records do not bear out.
[[nodiscard]] std::string position_text(std::string_view symbol, std::optional<TradeId> reached,
                                        std::optional<TradeId> position);

}  // namespace k2::verify
