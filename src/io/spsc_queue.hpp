// A bounded queue between exactly two threads, one that pushes and one that pops, without a lock:
// neither ever waits for the other. What a full queue means is the pusher's stated policy.
#pragma once

#include "core/assert.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace k2::io {

template <class T>
class SpscQueue {
 public:
  explicit SpscQueue(std::size_t capacity)
      : capacity_(capacity), slots_(std::make_unique<T[]>(capacity)) {
    K2_ASSERT(capacity > 0);
  }

  /// Appends, or changes nothing and returns false when the queue is full. The pushing thread.
  [[nodiscard]] bool try_push(T&& item) {
    auto const tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) == capacity_) return false;
    slots_[tail % capacity_] = std::move(item);
    // Sequentially consistent, so that a popper about to sleep and this push see each other.
    tail_.store(tail + 1, std::memory_order_seq_cst);
    return true;
  }

  /// Takes the oldest item, or returns false when there is none. The popping thread.
  [[nodiscard]] bool try_pop(T& item) {
    auto const head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return false;
    item = std::move(slots_[head % capacity_]);
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  /// Exact for one of the two threads while the other is idle, otherwise slightly out of date. Any
  /// thread.
  [[nodiscard]] std::size_t size() const noexcept {
    auto const head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_seq_cst) - head;
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  static constexpr std::size_t kCacheLine = 64;

  std::size_t capacity_;
  std::unique_ptr<T[]> slots_;
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};
};

}  // namespace k2::io
