#include "core/ws/handshake_client.hpp"

#include "core/assert.hpp"
#include "core/http_status.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace k2::ws {
namespace {

bool is_request_word(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](char letter) {
    return static_cast<unsigned char>(letter) > 0x20 && letter != 0x7F;
  });
}

// "HTTP/1.1 101 Switching Protocols"; 0 when it is no status line.
int status_of(std::string_view line) noexcept {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return 0;
  if (line.size() > 12 && line[12] != ' ') return 0;
  int status = 0;
  auto const [end, errc] = std::from_chars(line.data() + 9, line.data() + 12, status);
  return errc == std::errc{} && end == line.data() + 12 && status >= 100 ? status : 0;
}

}  // namespace

std::string client_request(std::string_view host, std::string_view target,
                           HandshakeNonce const& nonce, std::span<HeaderField const> extra) {
  K2_ASSERT(is_request_word(host) && is_request_word(target) && target.front() == '/');
  std::string text{"GET "};
  text.append(target).append(" HTTP/1.1\r\nHost: ").append(host);
  text.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
  text.append(handshake_key(nonce)).append("\r\nSec-WebSocket-Version: 13\r\n");
  append_http_fields(extra, text);
  return text;
}

HandshakeStatus ClientHandshake::next(ReceiveBuffer& buffer) {
  if (error_.code != Errc::kOk) return HandshakeStatus::kFailed;
  auto const taken = take_http_head(buffer, response_);
  if (!taken) return fail(taken.error());
  if (!*taken) return HandshakeStatus::kNeedMore;
  http_status_ = status_of(response_.start_line);
  if (http_status_ == 0) return fail(Error{Errc::kWsHandshake, "answer is not HTTP/1.1"});
  if (http_status_ != 101) {
    return fail(Error{errc_of_http_status(http_status_, Errc::kWsHandshake), response_.start_line});
  }
  auto const fault = fault_of_101();
  if (!fault.empty()) return fail(Error{Errc::kWsHandshake, fault});
  return HandshakeStatus::kDone;
}

std::optional<std::chrono::seconds> ClientHandshake::retry_after(UtcTime now) const {
  auto const* const wait = response_.find("Retry-After");
  if (wait == nullptr || http_status_ == 101) return std::nullopt;
  auto const* const date = response_.find("Date");
  return parse_retry_after(wait->value, date == nullptr ? std::string_view{} : date->value, now);
}

HandshakeStatus ClientHandshake::fail(Error error) {
  error_ = std::move(error);
  return HandshakeStatus::kFailed;
}

std::string_view ClientHandshake::fault_of_101() const noexcept {
  auto const* const upgrade = response_.find("Upgrade");
  if (upgrade == nullptr || !equal_ignoring_case(upgrade->value, "websocket")) {
    return "101 without Upgrade: websocket";
  }
  if (!response_.lists("Connection", "Upgrade")) return "101 without Connection: Upgrade";
  auto const* const accept = response_.find("Sec-WebSocket-Accept");
  if (accept == nullptr || accept->value != accept_ ||
      response_.count("Sec-WebSocket-Accept") != 1) {
    return "101 with a wrong Sec-WebSocket-Accept";
  }
  if (response_.find("Sec-WebSocket-Extensions") != nullptr) {
    return "101 with an extension that was not offered";
  }
  if (response_.find("Sec-WebSocket-Protocol") != nullptr) {
    return "101 with a subprotocol that was not offered";
  }
  return {};
}

}  // namespace k2::ws
