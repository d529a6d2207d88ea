// What goes to the journal together, all or nothing, and the door it goes through: the shard hands
// batches over and never waits. Behind the door stands the journal's thread, or, in the
// simulation, a disk that fails by seed.
#pragma once

#include "sink/block.hpp"
#include "sink/notices.hpp"

#include <vector>

namespace k2::sink {

/// The block may be empty.
struct Batch {
  Block block;
  /// When the first trade of the block was received; how long it takes to be durable counts from
  /// there.
  UtcTime received_at{};
  std::vector<DeclaredGap> gaps;
  std::vector<DeadLetter> dead_letters;

  /// Empties it and keeps its memory.
  void clear();
  [[nodiscard]] bool empty() const noexcept {
    return block.count == 0 && gaps.empty() && dead_letters.empty();
  }
};

class BatchDoor {
 public:
  virtual ~BatchDoor() = default;

  /// Hands the batch over; false, with the batch untouched, when there is no room. Never blocks.
  [[nodiscard]] virtual bool try_push(Batch&& batch) = 0;
  /// An emptied batch to fill again, with its memory; a new one when none is back yet.
  [[nodiscard]] virtual Batch take_emptied() = 0;

 protected:
  BatchDoor() = default;
  BatchDoor(BatchDoor const&) = default;
  BatchDoor& operator=(BatchDoor const&) = default;
};

}  // namespace k2::sink
