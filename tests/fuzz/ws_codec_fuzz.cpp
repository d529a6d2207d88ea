// Any bytes as a WebSocket stream: no crash, the same verdict however the bytes are cut, and what
// came out of the decoder comes out again when it is encoded and decoded once more.
// The first byte chooses role and limit, the second how the stream is cut.
#include "core/assert.hpp"
#include "core/rng.hpp"
#include "core/ws/close_code.hpp"
#include "core/ws/decoder.hpp"
#include "core/ws/encoder.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace k2;
using namespace k2::ws;

struct Event {
  Opcode opcode;
  std::uint16_t close_code;
  std::string payload;
  friend bool operator==(Event const&, Event const&) = default;
};

struct Verdict {
  std::vector<Event> events;
  Violation violation = Violation::kNone;
  bool closed = false;
  friend bool operator==(Verdict const&, Verdict const&) = default;
};

// Reads the bytes in pieces of up to `piece_max`, whose sizes the generator draws.
Verdict read(Role role, std::size_t limit, std::string_view bytes, std::size_t piece_max, Rng rng) {
  Decoder decoder{role, limit};
  ReceiveBuffer buffer{4096};
  Verdict verdict;
  while (!bytes.empty()) {
    auto const space = buffer.writable(1);
    K2_ASSERT(!space.empty());  // the decoder never leaves the buffer full
    auto const size = std::min({bytes.size(), space.size(), 1 + rng.below(piece_max)});
    bytes.copy(space.data(), size);
    bytes.remove_prefix(size);
    buffer.commit(size);
    Message message;
    auto status = DecodeStatus::kMessage;
    while ((status = decoder.next(buffer, message)) == DecodeStatus::kMessage) {
      // The slack is there to be read.
      std::string const payload{message.payload.data(), message.payload.size() + 64};
      verdict.events.push_back(
          {message.opcode, message.close_code, payload.substr(0, message.payload.size())});
    }
    K2_ASSERT((status == DecodeStatus::kFailed) == (decoder.violation() != Violation::kNone));
  }
  verdict.violation = decoder.violation();
  verdict.closed = decoder.closed();
  return verdict;
}

// The events as the peer of `reader` may have sent them, data cut into fragments.
std::string written(Role reader, std::vector<Event> const& events, Rng& rng) {
  auto const writer = reader == Role::kClient ? Role::kServer : Role::kClient;
  auto const key = [&] { return static_cast<std::uint32_t>(rng.next()); };
  std::string out;
  for (auto const& [opcode, close_code, payload] : events) {
    if (opcode == Opcode::kClose) {
      append_close(writer, close_code, payload, key(), out);
    } else if (is_control(opcode) || rng.chance(0.5)) {
      append_frame(writer, opcode, payload, key(), out);
    } else {
      auto const cut = rng.below(payload.size() + 1);
      append_fragment(writer, opcode, false, payload.substr(0, cut), key(), out);
      append_fragment(writer, Opcode::kContinuation, true, payload.substr(cut), key(), out);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  auto const role = (data[0] & 1U) != 0 ? Role::kServer : Role::kClient;
  std::size_t const limit = (data[0] & 2U) != 0 ? 200 : std::size_t{1} << 20U;
  Rng rng{data[1]};
  std::string_view const bytes{reinterpret_cast<char const*>(data) + 2, size - 2};

  auto const verdict = read(role, limit, bytes, 4096, Rng{1});
  K2_ASSERT(verdict == read(role, limit, bytes, 1, Rng{1}));
  K2_ASSERT(verdict == read(role, limit, bytes, 1 + rng.below(64), rng));

  for (auto const& event : verdict.events) {
    K2_ASSERT(event.opcode != Opcode::kContinuation);
    K2_ASSERT(event.payload.size() <= (is_control(event.opcode) ? kControlBytesMax : limit));
  }
  auto const again = read(role, limit, written(role, verdict.events, rng), 300, rng);
  K2_ASSERT(again.events == verdict.events && again.violation == Violation::kNone);
  return 0;
}
