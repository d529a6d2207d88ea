#include "tools/verify/gap_fold.hpp"

#include <utility>

namespace k2::verify {

void GapFold::apply(sink::DeclaredGap const& record) {
  Pieces& pieces = symbols_[record.symbol];
  auto at = pieces.upper_bound(record.ids.first);
  if (at != pieces.begin()) --at;
  while (at != pieces.end() && at->second.ids.first <= record.ids.last) {
    auto old = std::move(at->second);
    if (old.ids.last < record.ids.first) {
      at->second = std::move(old);
      ++at;
      continue;
    }
    at = pieces.erase(at);
    // What lies before or behind the record stays as it was.
    if (old.ids.last > record.ids.last) {
      auto behind = old;
      behind.ids.first = next(record.ids.last);
      pieces.insert_or_assign(behind.ids.first, std::move(behind));
    }
    if (old.ids.first < record.ids.first) {
      old.ids.last = previous(record.ids.first);
      pieces.insert_or_assign(old.ids.first, std::move(old));
    }
  }
  pieces.insert_or_assign(record.ids.first, record);
}

std::vector<sink::DeclaredGap> GapFold::pieces() const {
  std::vector<sink::DeclaredGap> all;
  for (auto const& [symbol, pieces] : symbols_) {
    for (auto const& [first, piece] : pieces) {
      bool const joins = !all.empty() && all.back().symbol == symbol &&
                         all.back().state == piece.state && next(all.back().ids.last) == first;
      if (joins) {
        all.back().ids.last = piece.ids.last;
      } else {
        all.push_back(piece);
      }
    }
  }
  return all;
}

}  // namespace k2::verify
