#include "app/owned_tapes.hpp"

#include "sink/partition.hpp"

#include <utility>

namespace k2::app {

void OwnedTapes::record(sink::Recording recording) {
  auto known = std::move(recording_.positions);
  for (auto& [symbol, position] : recording.positions) {
    known.insert_or_assign(symbol, std::move(position));
  }
  recording_ = std::move(recording);
  recording_.positions = std::move(known);
}

std::vector<shard::ShardSymbol> OwnedTapes::carried() const {
  std::vector<shard::ShardSymbol> carried;
  for (shard::ShardSymbol const& symbol : selected_) {
    std::string const& name = symbol.symbol.text();
    auto const partition = sink::partition_of(name, partitions_);
    if (!recording_.all && !recording_.partitions.contains(partition)) continue;
    carried.push_back(symbol);
    // A process that records everything also fetches what others delivered in the meantime.
    if (recording_.all && symbol.position) {
      carried.back().topic.reset();
      continue;
    }
    auto const known = recording_.positions.find(name);
    if (known == recording_.positions.end()) continue;
    carried.back().topic = shard::TopicStand{known->second.last, known->second.missing};
  }
  return carried;
}

}  // namespace k2::app
