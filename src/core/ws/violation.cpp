#include "core/ws/violation.hpp"

#include "core/ws/close_code.hpp"

namespace k2::ws {

std::string_view violation_text(Violation violation) noexcept {
  switch (violation) {
    case Violation::kNone:
      return "none";
    case Violation::kReservedBits:
      return "reserved bits set";
    case Violation::kReservedOpcode:
      return "reserved opcode";
    case Violation::kControlFragmented:
      return "control frame fragmented";
    case Violation::kControlTooLong:
      return "control frame longer than 125 bytes";
    case Violation::kMaskMissing:
      return "frame from client not masked";
    case Violation::kMaskUnexpected:
      return "frame from server masked";
    case Violation::kLengthNotMinimal:
      return "length not in its shortest form";
    case Violation::kLengthTopBit:
      return "length of 2^63 or more";
    case Violation::kContinuationUnexpected:
      return "continuation without a message";
    case Violation::kMessageInterrupted:
      return "new message inside a fragmented one";
    case Violation::kTextNotUtf8:
      return "text not UTF-8";
    case Violation::kCloseTooShort:
      return "close payload of one byte";
    case Violation::kCloseCodeInvalid:
      return "close code not allowed on the wire";
    case Violation::kCloseReasonNotUtf8:
      return "close reason not UTF-8";
    case Violation::kMessageTooBig:
      return "message longer than the limit";
  }
  return "unknown";
}

std::uint16_t violation_close_code(Violation violation) noexcept {
  switch (violation) {
    case Violation::kNone:
      return kCloseNormal;
    case Violation::kTextNotUtf8:
    case Violation::kCloseReasonNotUtf8:
      return kCloseInvalidPayload;
    case Violation::kMessageTooBig:
      return kCloseMessageTooBig;
    default:
      return kCloseProtocolError;
  }
}

Errc violation_errc(Violation violation) noexcept {
  if (violation == Violation::kNone) return Errc::kOk;
  return violation == Violation::kMessageTooBig ? Errc::kWsTooBig : Errc::kWsProtocol;
}

}  // namespace k2::ws
