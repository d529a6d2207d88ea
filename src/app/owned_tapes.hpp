// Which of the selected tapes this process carries while several share a topic: all, or those that
// Kafka's consumer group gave it, each with where the topic stands. Pure; the stream's thread.
#pragma once

#include "shard/shard.hpp"
#include "sink/delivery.hpp"

#include <cstdint>
#include <vector>

namespace k2::app {

class OwnedTapes {
 public:
  /// Of a topic with so many partitions; with no word yet about what is recorded, `all` or nothing
  /// is.
  OwnedTapes(std::int32_t partitions, bool all) : partitions_(partitions) { recording_.all = all; }

  /// These are selected.
  void select(std::vector<shard::ShardSymbol> symbols) { selected_ = std::move(symbols); }
  /// What is to be recorded, and what the topic says of what is new.
  void record(sink::Recording recording);

  /// What the shard is to carry.
  [[nodiscard]] std::vector<shard::ShardSymbol> carried() const;

 private:
  std::int32_t partitions_;
  std::vector<shard::ShardSymbol> selected_;
  sink::Recording recording_;
};

}  // namespace k2::app
