// Reads one frame header and judges it: every rule of RFC 6455 that a header alone can break is
// checked here, as early as its bytes are there and before any payload arrives. Pure; hot path.
#pragma once

#include "core/ws/frame.hpp"
#include "core/ws/violation.hpp"

#include <cstdint>
#include <span>

namespace k2::ws {

/// The facts besides the bytes on which the rules depend.
struct FrameContext {
  Role role;                        // of the reader
  bool message_open;                // a fragmented message is under way
  std::uint64_t payload_bytes_max;  // what a data frame may still add to its message
};

struct FrameHeader {
  std::uint64_t payload_bytes = 0;
  std::uint32_t masking_key = 0;
  Opcode opcode = Opcode::kContinuation;
  bool fin = false;
  bool masked = false;
  std::uint8_t size = 0;  // of the header itself; 0 while it is not complete
};

/// Reads the header at the front of `bytes` into `out`; out.size stays 0 when more is needed.
/// Errors: the first rule that the header breaks, in the order of the bytes.
[[nodiscard]] Violation parse_frame_header(std::span<char const> bytes, FrameContext const& context,
                                           FrameHeader& out) noexcept;

}  // namespace k2::ws
