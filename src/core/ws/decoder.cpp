#include "core/ws/decoder.hpp"

#include "core/utf8.hpp"
#include "core/ws/close_code.hpp"
#include "core/ws/frame_header.hpp"
#include "core/ws/mask.hpp"

#include <algorithm>

namespace k2::ws {
namespace {

std::string_view view(std::span<char> bytes) noexcept {
  return {bytes.data(), bytes.size()};
}

}  // namespace

DecodeStatus Decoder::next(ReceiveBuffer& buffer, Message& out) {
  if (take_plain_text(buffer, out)) return DecodeStatus::kMessage;
  for (;;) {
    switch (state_) {
      case State::kHeader: {
        FrameContext const context{
            .role = role_,
            .message_open = assembler_.open(),
            .payload_bytes_max =
                message_bytes_max_ - (assembler_.open() ? assembler_.payload().size() : 0)};
        FrameHeader header;
        auto const broken = parse_frame_header(buffer.readable(), context, header);
        if (broken != Violation::kNone) return fail(broken);
        if (header.size == 0) return DecodeStatus::kNeedMore;
        if (is_control(header.opcode)) return take_control(buffer, header, out);
        auto const arrived = buffer.readable().size() - header.size;
        if (header.fin && !assembler_.open() && arrived >= header.payload_bytes) {
          return take_frame(buffer, header, out);
        }
        if (!assembler_.open()) assembler_.begin(header.opcode);
        buffer.consume(header.size);
        frame_fin_ = header.fin;
        frame_masked_ = header.masked;
        frame_key_ = header.masking_key;
        frame_taken_ = 0;
        frame_left_ = header.payload_bytes;
        state_ = State::kPayload;
        break;
      }
      case State::kPayload: {
        auto const status = take_payload(buffer, out);
        if (status != DecodeStatus::kNeedMore || state_ == State::kPayload) return status;
        break;
      }
      case State::kClosed:
        buffer.consume(buffer.readable().size());
        return DecodeStatus::kNeedMore;
      case State::kFailed:
        return DecodeStatus::kFailed;
    }
  }
}

Error Decoder::error() const {
  return Error{violation_errc(violation_), violation_text(violation_)};
}

// Decodes the frame of nearly every trade: one unmasked text of up to 64 KiB that has arrived
// completely. It leaves any other frame, and any error, untouched to the general path.
bool Decoder::take_plain_text(ReceiveBuffer& buffer, Message& out) {
  auto const bytes = buffer.readable();
  if (bytes.size() < 4 || bytes[0] != '\x81') return false;
  if (role_ != Role::kClient || state_ != State::kHeader || assembler_.open()) return false;
  auto const byte_at = [&](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
  std::size_t size = 2;
  std::size_t length = byte_at(1);
  if (length == 126) {
    size = 4;
    length = static_cast<std::size_t>(byte_at(2)) << 8U | byte_at(3);
    if (length < 126) return false;
  } else if (length > 126) {
    return false;
  }
  if (length > message_bytes_max_ || bytes.size() - size < length) return false;
  std::string_view const payload{bytes.data() + size, length};
  if (!is_utf8(payload)) return false;
  buffer.consume(size + length);
  out = {.opcode = Opcode::kText, .payload = payload, .close_code = 0};
  return true;
}

// A whole message in one frame, all there.
DecodeStatus Decoder::take_frame(ReceiveBuffer& buffer, FrameHeader const& header, Message& out) {
  auto const payload = buffer.readable().subspan(header.size, header.payload_bytes);
  if (header.masked) apply_mask(payload, header.masking_key);
  buffer.consume(header.size + payload.size());
  if (header.opcode == Opcode::kText && !is_utf8(view(payload))) {
    return fail(Violation::kTextNotUtf8);
  }
  out = {.opcode = header.opcode, .payload = view(payload), .close_code = 0};
  return DecodeStatus::kMessage;
}

DecodeStatus Decoder::take_control(ReceiveBuffer& buffer, FrameHeader const& header, Message& out) {
  auto const bytes = buffer.readable();
  if (bytes.size() - header.size < header.payload_bytes) return DecodeStatus::kNeedMore;
  auto const payload = bytes.subspan(header.size, header.payload_bytes);
  if (header.masked) apply_mask(payload, header.masking_key);
  buffer.consume(header.size + payload.size());
  if (header.opcode == Opcode::kClose) return take_close(view(payload), out);
  out = {.opcode = header.opcode, .payload = view(payload), .close_code = 0};
  return DecodeStatus::kMessage;
}

// Moves what has arrived of a data frame into the assembler; kNeedMore with state_ back at kHeader
// means that the frame is complete but its message is not.
DecodeStatus Decoder::take_payload(ReceiveBuffer& buffer, Message& out) {
  auto const bytes = buffer.readable();
  auto const piece = bytes.first(std::min<std::uint64_t>(frame_left_, bytes.size()));
  if (frame_masked_) apply_mask(piece, frame_key_, frame_taken_);
  frame_taken_ += piece.size();
  frame_left_ -= piece.size();
  buffer.consume(piece.size());
  if (!assembler_.append(view(piece))) return fail(Violation::kTextNotUtf8);
  if (frame_left_ > 0) return DecodeStatus::kNeedMore;
  state_ = State::kHeader;
  if (!frame_fin_) return DecodeStatus::kNeedMore;
  if (!assembler_.finish()) return fail(Violation::kTextNotUtf8);
  out = {.opcode = assembler_.opcode(), .payload = assembler_.payload(), .close_code = 0};
  return DecodeStatus::kMessage;
}

DecodeStatus Decoder::take_close(std::string_view payload, Message& out) {
  out = {.opcode = Opcode::kClose, .payload = payload, .close_code = kCloseNoStatus};
  if (!payload.empty()) {
    auto const high = static_cast<std::uint8_t>(payload[0]);
    auto const low = static_cast<std::uint8_t>(payload[1]);
    out.close_code = static_cast<std::uint16_t>(high << 8U | low);
    out.payload = payload.substr(2);
    if (!is_close_code_on_wire(out.close_code)) return fail(Violation::kCloseCodeInvalid);
    if (!is_utf8(out.payload)) return fail(Violation::kCloseReasonNotUtf8);
  }
  state_ = State::kClosed;
  return DecodeStatus::kMessage;
}

DecodeStatus Decoder::fail(Violation violation) noexcept {
  violation_ = violation;
  state_ = State::kFailed;
  return DecodeStatus::kFailed;
}

}  // namespace k2::ws
