// Measures how far a sink is behind, in time: keeps, second by second, the position up to which the
// journal was durable, and finds when it passed what the sink has delivered. Pure.
#pragma once

#include "core/ring.hpp"
#include "core/time.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace k2::watch {

class DeliveryLag {
 public:
  /// The number of seconds that are kept; a longer lag is reported as this one.
  static constexpr std::size_t kMarksMax = 3'600;

  /// Call about once a second: all records below `durable` are durable, all below `delivered` are
  /// delivered. How long the oldest that is not delivered has been durable.
  std::chrono::nanoseconds note(std::uint64_t durable, std::uint64_t delivered, MonoTime now) {
    if (marks_.full()) marks_.pop();
    K2_ASSERT(marks_.push({durable, now}));
    while (!marks_.empty() && marks_.front().durable <= delivered) marks_.pop();
    return marks_.empty() ? std::chrono::nanoseconds{} : now - marks_.front().at;
  }

 private:
  struct Mark {
    std::uint64_t durable = 0;
    MonoTime at;
  };
  Ring<Mark> marks_{kMarksMax};
};

}  // namespace k2::watch
