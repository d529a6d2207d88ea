#include "core/ws/handshake.hpp"

#include "core/ws/base64.hpp"
#include "core/ws/sha1.hpp"

namespace k2::ws {

std::string handshake_key(HandshakeNonce const& nonce) {
  return to_base64(nonce);
}

std::string handshake_accept(std::string_view key) {
  std::string text{key};
  text.append("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
  return to_base64(sha1(text));
}

}  // namespace k2::ws
