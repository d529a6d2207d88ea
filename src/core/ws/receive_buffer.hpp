// The one buffer between a socket and its decoder: bytes are read into its back and taken from its
// front, in place. It grows up to a bound, moves what is left to the front when the back runs out,
// and always keeps 64 readable bytes behind the data, which simdjson reads past a text's end.
// One thread. Views into it live until the next writable().
#pragma once

#include "core/assert.hpp"

#include <cstddef>
#include <memory>
#include <span>

namespace k2::ws {

class ReceiveBuffer {
 public:
  /// Readable bytes behind the data; their content is undefined.
  /// Source: SIMDJSON_PADDING, simdjson 3.
  static constexpr std::size_t kSlackBytes = 64;
  /// Chosen: a few TLS records of 16 KiB; the decoder leaves less than one small frame behind.
  static constexpr std::size_t kCapacityMaxDefault = std::size_t{256} * 1024;

  explicit ReceiveBuffer(std::size_t capacity_bytes_max = kCapacityMaxDefault) noexcept
      : capacity_max_(capacity_bytes_max) {}

  /// The free space behind the data, at least `at_least` bytes; fewer, down to none, only when the
  /// bound is reached. Invalidates every view into the buffer.
  [[nodiscard]] std::span<char> writable(std::size_t at_least);
  /// Declares that the first `size` bytes of the last writable() now hold data.
  void commit(std::size_t size) noexcept;

  /// The data not yet consumed.
  [[nodiscard]] std::span<char> readable() noexcept {
    return {storage_.get() + begin_, end_ - begin_};
  }
  /// Drops the first `size` bytes; the memory stays as it is until the next writable().
  void consume(std::size_t size) noexcept {
    K2_ASSERT(size <= end_ - begin_);
    begin_ += size;
  }
  /// Drops everything, for a new connection.
  void clear() noexcept { begin_ = end_ = 0; }

  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

 private:
  void move_to(std::size_t capacity);

  std::size_t capacity_max_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::unique_ptr<char[]> storage_;  // capacity_ + kSlackBytes
};

}  // namespace k2::ws
