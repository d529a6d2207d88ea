// A bounded first-in first-out queue over one allocation. The caller decides what happens when it
// is full: push() then returns false and changes nothing. One thread.
#pragma once

#include "core/assert.hpp"

#include <cstddef>
#include <memory>
#include <utility>

namespace k2 {

template <class T>
class Ring {
 public:
  explicit Ring(std::size_t capacity) : capacity_(capacity), slots_(new T[capacity]) {
    K2_ASSERT(capacity > 0);
  }

  /// Appends, or returns false when the ring is full.
  [[nodiscard]] bool push(T item) {
    if (full()) return false;
    slots_[wrap(head_ + size_)] = std::move(item);
    ++size_;
    return true;
  }

  [[nodiscard]] T& front() {
    K2_ASSERT(!empty());
    return slots_[head_];
  }
  [[nodiscard]] T const& front() const {
    K2_ASSERT(!empty());
    return slots_[head_];
  }
  /// The item `offset` places behind the front.
  [[nodiscard]] T const& operator[](std::size_t offset) const {
    K2_ASSERT(offset < size_);
    return slots_[wrap(head_ + offset)];
  }

  void pop() {
    K2_ASSERT(!empty());
    slots_[head_] = T{};
    head_ = wrap(head_ + 1);
    --size_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] bool full() const noexcept { return size_ == capacity_; }

 private:
  [[nodiscard]] std::size_t wrap(std::size_t at) const noexcept {
    return at >= capacity_ ? at - capacity_ : at;
  }

  std::size_t capacity_;
  std::unique_ptr<T[]> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

}  // namespace k2
