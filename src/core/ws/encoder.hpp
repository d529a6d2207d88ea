// Writes WebSocket frames (RFC 6455 section 5) at the end of an output string, so that one send can
// carry many frames. A client's frames are masked with the key the caller draws; a server's are
// not, and the key is ignored. Pure; no allocation once the string has its size.
#pragma once

#include "core/ws/frame.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace k2::ws {

/// Appends a whole message, or a close, ping or pong, as one frame.
/// `payload` must not lie inside `out`; that of a control frame is at most kControlBytesMax long.
void append_frame(Role role, Opcode opcode, std::string_view payload, std::uint32_t masking_key,
                  std::string& out);

/// Appends one fragment: the first with its message's opcode, the others with kContinuation.
void append_fragment(Role role, Opcode opcode, bool fin, std::string_view payload,
                     std::uint32_t masking_key, std::string& out);

/// Appends a close frame; kCloseNoStatus writes one without a code, any other code must be one that
/// may be on the wire. The reason is cut to what fits, at a code point's border.
void append_close(Role role, std::uint16_t code, std::string_view reason, std::uint32_t masking_key,
                  std::string& out);

}  // namespace k2::ws
