// Turns received bytes into WebSocket messages (RFC 6455), for either role: the first thing that
// happens to a trade. A frame that lies whole in the receive buffer is unmasked and checked in
// place and handed out as a view: no copy, no allocation. Fragments and frames cut by the end of
// the buffer go through the MessageAssembler. Control frames come out as they arrive, also between
// fragments. One thread; knows no socket and answers nothing: that is the caller's.
#pragma once

#include "core/result.hpp"
#include "core/ws/frame.hpp"
#include "core/ws/message_assembler.hpp"
#include "core/ws/receive_buffer.hpp"
#include "core/ws/violation.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace k2::ws {

struct FrameHeader;

/// One message or control frame. The payload has at least 64 readable bytes behind it.
struct Message {
  Opcode opcode = Opcode::kText;  // never kContinuation
  std::string_view payload;       // of a close: its reason
  std::uint16_t close_code = 0;   // of a close: its code, kCloseNoStatus when it has none
};

enum class DecodeStatus : std::uint8_t { kMessage, kNeedMore, kFailed };

class Decoder {
 public:
  /// `message_bytes_max` bounds a whole message, fragments together; control frames apart.
  Decoder(Role role, std::size_t message_bytes_max) noexcept
      : message_bytes_max_(message_bytes_max), role_(role) {}

  /// Takes the next message out of the buffer. `out` stays valid until the next call of next() or
  /// the next writable() of the buffer. Bytes that follow a close frame are dropped (5.5.1).
  /// Errors: kFailed for good; error() returns the reason, close_code_for_error() the close code to
  /// send.
  [[nodiscard]] DecodeStatus next(ReceiveBuffer& buffer, Message& out);

  /// The violation as an error: kWsProtocol or kWsTooBig; kOk without a violation.
  [[nodiscard]] Error error() const;
  /// The code to close with after kFailed: 1002, 1007 or 1009.
  [[nodiscard]] std::uint16_t close_code_for_error() const noexcept {
    return violation_close_code(violation_);
  }
  [[nodiscard]] Violation violation() const noexcept { return violation_; }
  /// True once the peer's close frame was handed out.
  [[nodiscard]] bool closed() const noexcept { return state_ == State::kClosed; }

 private:
  enum class State : std::uint8_t { kHeader, kPayload, kClosed, kFailed };

  bool take_plain_text(ReceiveBuffer& buffer, Message& out);
  DecodeStatus take_frame(ReceiveBuffer& buffer, FrameHeader const& header, Message& out);
  DecodeStatus take_control(ReceiveBuffer& buffer, FrameHeader const& header, Message& out);
  DecodeStatus take_payload(ReceiveBuffer& buffer, Message& out);
  DecodeStatus take_close(std::string_view payload, Message& out);
  DecodeStatus fail(Violation violation) noexcept;

  std::size_t message_bytes_max_;
  Role role_;
  State state_ = State::kHeader;
  Violation violation_ = Violation::kNone;
  // The data frame whose payload is arriving in pieces, while in kPayload.
  bool frame_fin_ = false;
  bool frame_masked_ = false;
  std::uint32_t frame_key_ = 0;
  std::uint64_t frame_taken_ = 0;
  std::uint64_t frame_left_ = 0;
  MessageAssembler assembler_;
};

}  // namespace k2::ws
