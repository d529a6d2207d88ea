#include "shard/resume.hpp"

#include "core/planted.hpp"

#include <algorithm>

namespace k2::shard {

void resume(ShardSymbol& symbol, std::span<sink::Position const> positions,
            std::span<sink::DeclaredGap const> gaps) {
  std::string const& name = symbol.symbol.text();
  auto const position = std::ranges::find(positions, name, &sink::Position::symbol);
  if (position != positions.end()) symbol.position = position->last;
  for (sink::DeclaredGap const& gap : gaps) {
    if (gap.symbol != name) continue;
    if (gap.state == GapState::kOpen && !K2_PLANTED(kForgetGaps))
      symbol.open_gaps.push_back(gap.ids);
    if (symbol.position) symbol.position = std::max(*symbol.position, gap.ids.last);
  }
}

}  // namespace k2::shard
