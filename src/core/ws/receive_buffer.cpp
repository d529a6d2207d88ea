#include "core/ws/receive_buffer.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace k2::ws {

std::span<char> ReceiveBuffer::writable(std::size_t at_least) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (capacity_ - end_ < at_least) {
    auto const held = end_ - begin_;
    auto const wanted = std::min(held + at_least, capacity_max_);
    if (wanted > capacity_) {
      move_to(std::min(std::max(wanted, capacity_ * 2), capacity_max_));
    } else if (begin_ > 0) {
      std::memmove(storage_.get(), storage_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
  }
  return {storage_.get() + end_, capacity_ - end_};
}

void ReceiveBuffer::commit(std::size_t size) noexcept {
  K2_ASSERT(size <= capacity_ - end_);
  end_ += size;
}

void ReceiveBuffer::move_to(std::size_t capacity) {
  auto grown = std::make_unique<char[]>(capacity + kSlackBytes);
  if (storage_) std::memcpy(grown.get(), storage_.get() + begin_, end_ - begin_);
  storage_ = std::move(grown);
  capacity_ = capacity;
}

}  // namespace k2::ws
