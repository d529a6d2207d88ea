// The records of a topic of gaps, folded into what they say in the end: per symbol, disjoint ranges
// of ids, each in the state of the newest record that has it. Pure.
#pragma once

#include "sink/notices.hpp"

#include <map>
#include <string>
#include <vector>

namespace k2::verify {

class GapFold {
 public:
  /// Takes the next record in the topic's order.
  void apply(sink::DeclaredGap const& record);
  /// Returns the gaps by symbol and first id; neighbours in one state are one.
  [[nodiscard]] std::vector<sink::DeclaredGap> pieces() const;

 private:
  /// The gaps by the first id of each.
  using Pieces = std::map<TradeId, sink::DeclaredGap>;
  std::map<std::string, Pieces, std::less<>> symbols_;
};

}  // namespace k2::verify
