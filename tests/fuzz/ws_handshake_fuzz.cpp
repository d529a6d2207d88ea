// Any bytes as a request to our server's handshake and as an answer to our client's: no crash, the
// same verdict however they are cut, and nothing behind the head is touched.
#include "core/assert.hpp"
#include "core/rng.hpp"
#include "core/ws/handshake_client.hpp"
#include "core/ws/handshake_server.hpp"

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace k2;
using namespace k2::ws;

constexpr HandshakeNonce kNonce{'t', 'h', 'e', ' ', 's', 'a', 'm', 'p',
                                'l', 'e', ' ', 'n', 'o', 'n', 'c', 'e'};

struct Verdict {
  HandshakeStatus status = HandshakeStatus::kNeedMore;
  Error error;
  std::string rest;
  friend bool operator==(Verdict const&, Verdict const&) = default;
};

template <class Handshake>
Verdict read(Handshake& handshake, std::string_view bytes, std::size_t piece_max, Rng rng) {
  ReceiveBuffer buffer;
  Verdict verdict;
  while (!bytes.empty()) {
    auto const size = std::min<std::size_t>(bytes.size(), 1 + rng.below(piece_max));
    auto const space = buffer.writable(size);
    if (space.size() < size) break;
    bytes.copy(space.data(), size);
    bytes.remove_prefix(size);
    buffer.commit(size);
    if (verdict.status == HandshakeStatus::kNeedMore) verdict.status = handshake.next(buffer);
  }
  verdict.error = handshake.error();
  if (verdict.status == HandshakeStatus::kDone) {
    verdict.rest.assign(buffer.readable().begin(), buffer.readable().end());
  }
  return verdict;
}

void check_client(std::string_view bytes, std::size_t piece_max, Rng rng) {
  ClientHandshake whole{kNonce};
  ClientHandshake pieces{kNonce};
  auto const verdict = read(whole, bytes, bytes.size() + 1, Rng{1});
  K2_ASSERT(read(pieces, bytes, piece_max, rng) == verdict);
  K2_ASSERT((verdict.status == HandshakeStatus::kFailed) == (verdict.error.code != Errc::kOk));
  K2_ASSERT(verdict.status != HandshakeStatus::kDone || whole.http_status() == 101);
  K2_ASSERT(whole.retry_after({}) == pieces.retry_after({}));
}

void check_server(std::string_view bytes, std::size_t piece_max, Rng rng) {
  ServerHandshake whole;
  ServerHandshake pieces;
  auto const verdict = read(whole, bytes, bytes.size() + 1, Rng{1});
  K2_ASSERT(read(pieces, bytes, piece_max, rng) == verdict);
  K2_ASSERT((verdict.status == HandshakeStatus::kFailed) == !whole.refusal().empty());
  if (verdict.status == HandshakeStatus::kDone) {
    K2_ASSERT(whole.request().key.size() == 24 && whole.request().target.starts_with('/'));
    K2_ASSERT(bytes.ends_with(verdict.rest));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view const bytes{reinterpret_cast<char const*>(data) + 1, size - 1};
  Rng rng{data[0]};
  auto const piece_max = std::size_t{1} + rng.below(50);
  check_client(bytes, piece_max, rng);
  check_server(bytes, piece_max, rng);
  return 0;
}
