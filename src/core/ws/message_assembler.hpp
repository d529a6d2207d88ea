// Holds a message that does not lie in one piece in the receive buffer: the fragments of RFC 6455
// section 5.4, and frames of which only a part has arrived. Text is checked as it arrives, so a bad
// byte fails immediately. Keeps its memory from message to message, but not that of a huge one.
#pragma once

#include "core/utf8.hpp"
#include "core/ws/frame.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace k2::ws {

class MessageAssembler {
 public:
  /// Readable bytes behind the payload, as in ReceiveBuffer.
  static constexpr std::size_t kSlackBytes = 64;
  /// Chosen: above this, memory is given back when the next message begins.
  static constexpr std::size_t kKeptBytesMax = std::size_t{1024} * 1024;

  /// Starts a message; the payload of the last one is gone.
  void begin(Opcode opcode);
  /// Adds unmasked payload; false when it cannot be part of a UTF-8 text.
  [[nodiscard]] bool append(std::string_view bytes);
  /// Ends the message; false when a text ends inside a code point.
  [[nodiscard]] bool finish() noexcept;

  [[nodiscard]] bool open() const noexcept { return open_; }
  [[nodiscard]] Opcode opcode() const noexcept { return opcode_; }
  [[nodiscard]] std::string_view payload() const noexcept { return {storage_.data(), size_}; }

 private:
  std::vector<char> storage_;  // size_ bytes of payload, then at least kSlackBytes
  std::size_t size_ = 0;
  Utf8Validator utf8_;
  Opcode opcode_ = Opcode::kText;
  bool open_ = false;
};

}  // namespace k2::ws
