#include "core/ws/handshake_server.hpp"

#include "core/ws/base64.hpp"

#include <utility>
#include <vector>

namespace k2::ws {
namespace {

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 418:
      return "I'm a teapot";
    case 426:
      return "Upgrade Required";
    case 429:
      return "Too Many Requests";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    default:
      return "Refused";
  }
}

}  // namespace

HandshakeStatus ServerHandshake::next(ReceiveBuffer& buffer) {
  if (error_.code != Errc::kOk) return HandshakeStatus::kFailed;
  auto const taken = take_http_head(buffer, request_.head);
  if (!taken) return fail(400, taken.error());
  if (!*taken) return HandshakeStatus::kNeedMore;
  if (!parse_request_line()) {
    return fail(400, Error{Errc::kWsHandshake, "request line is not HTTP/1.1"});
  }
  if (!request_.head.start_line.starts_with("GET ")) {
    return fail(405, Error{Errc::kWsHandshake, "method is not GET"});
  }
  return check_upgrade();
}

HandshakeStatus ServerHandshake::fail(int status, Error error) {
  std::vector<HeaderField> extra;
  if (status == 405) extra.push_back({"Allow", "GET"});
  if (status == 426) {
    extra.push_back({"Upgrade", "websocket"});
    extra.push_back({"Sec-WebSocket-Version", "13"});
  }
  refusal_ = server_refusal(status, error.detail, extra);
  error_ = std::move(error);
  return HandshakeStatus::kFailed;
}

bool ServerHandshake::parse_request_line() {
  std::string_view line = request_.head.start_line;
  if (!line.ends_with(" HTTP/1.1")) return false;
  line.remove_suffix(9);
  auto const space = line.find(' ');
  if (space == 0 || space == std::string_view::npos) return false;
  auto const target = line.substr(space + 1);
  if (!target.starts_with('/') || target.find_first_of(" \t") != std::string_view::npos) {
    return false;
  }
  request_.target = target;
  return true;
}

HandshakeStatus ServerHandshake::check_upgrade() {
  auto const& head = request_.head;
  auto const refuse = [this](int status, std::string_view why) {
    return fail(status, Error{Errc::kWsHandshake, why});
  };
  auto const* const host = head.find("Host");
  if (host == nullptr || head.count("Host") != 1) return refuse(400, "needs one Host header");
  request_.host = host->value;
  if (!head.lists("Upgrade", "websocket") || !head.lists("Connection", "Upgrade")) {
    return refuse(426, "this is a WebSocket endpoint");
  }
  auto const* const version = head.find("Sec-WebSocket-Version");
  if (version == nullptr || version->value != "13") {
    return refuse(426, "Sec-WebSocket-Version is not 13");
  }
  auto const* const key = head.find("Sec-WebSocket-Key");
  if (key == nullptr || head.count("Sec-WebSocket-Key") != 1 || !is_base64_of(key->value, 16)) {
    return refuse(400, "Sec-WebSocket-Key is not base64 of 16 bytes");
  }
  request_.key = key->value;
  return HandshakeStatus::kDone;
}

std::string server_accept(std::string_view key, std::span<HeaderField const> extra) {
  std::string text{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"};
  text.append("Connection: Upgrade\r\nSec-WebSocket-Accept: ").append(handshake_accept(key));
  text.append("\r\n");
  append_http_fields(extra, text);
  return text;
}

std::string server_refusal(int status, std::string_view body, std::span<HeaderField const> extra) {
  std::string text{"HTTP/1.1 "};
  text.append(std::to_string(status)).append(" ").append(reason_of(status));
  text.append("\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ");
  text.append(std::to_string(body.size())).append("\r\n");
  append_http_fields(extra, text);
  text.append(body);
  return text;
}

}  // namespace k2::ws
