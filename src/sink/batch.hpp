// A batch of records that is stored together, all or nothing, and the port that accepts it. The
// shard hands batches over and never waits. The port is implemented by the journal's thread and, in
// the simulation, by a disk that fails by seed.
#pragma once

#include "sink/block.hpp"
#include "sink/notices.hpp"
#include "sink/tape_name.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace k2::sink {

/// Memory that dead letters hold on their way to the journal. Released when this is destroyed,
/// on any thread.
class LetterMemory {
 public:
  LetterMemory() = default;
  /// Takes over `bytes` that the caller has added to `held`.
  LetterMemory(std::shared_ptr<std::atomic<std::size_t>> held, std::size_t bytes)
      : held_(std::move(held)), bytes_(bytes) {}
  LetterMemory(LetterMemory&& other) noexcept { swap(other); }
  LetterMemory& operator=(LetterMemory&& other) noexcept {
    LetterMemory taken{std::move(other)};
    swap(taken);
    return *this;
  }
  ~LetterMemory() {
    if (held_) held_->fetch_sub(bytes_, std::memory_order_relaxed);
  }

 private:
  void swap(LetterMemory& other) noexcept {
    held_.swap(other.held_);
    std::swap(bytes_, other.bytes_);
  }

  std::shared_ptr<std::atomic<std::size_t>> held_;
  std::size_t bytes_ = 0;
};

/// The block may be empty.
struct Batch {
  Block block;
  /// Time when the first trade of the block was received; the time until it is durable counts from
  /// there.
  UtcTime received_at{};
  std::vector<DeclaredGap> gaps;
  std::vector<DeadLetter> dead_letters;
  /// Tapes that were closed before the block's first record.
  std::vector<TapeRestart> restarts;
  LetterMemory letter_memory;

  /// Empties it and keeps its memory.
  void clear();
  [[nodiscard]] bool empty() const noexcept {
    return block.count == 0 && gaps.empty() && dead_letters.empty() && restarts.empty();
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
