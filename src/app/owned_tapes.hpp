// Selects the tapes that this process carries while several share a topic: all, or those that
// Kafka's consumer group assigned to it, each with its position in the topic. Pure; the stream's
// thread.
#pragma once

#include "shard/shard.hpp"
#include "sink/delivery.hpp"

#include <cstdint>
#include <vector>

namespace k2::app {

class OwnedTapes {
 public:
  /// Starts for a topic with `partitions` partitions. Until record() is called, all tapes are
  /// recorded if `all`, otherwise none.
  OwnedTapes(std::int32_t partitions, bool all) : partitions_(partitions) { recording_.all = all; }

  /// These are selected.
  void select(std::vector<shard::ShardSymbol> symbols) { selected_ = std::move(symbols); }
  /// Sets the assignment, with the topic's positions of the tapes that are new in it.
  void record(sink::Recording recording);

  /// The symbols that the shard must carry.
  [[nodiscard]] std::vector<shard::ShardSymbol> carried() const;

 private:
  std::int32_t partitions_;
  std::vector<shard::ShardSymbol> selected_;
  sink::Recording recording_;
};

}  // namespace k2::app
