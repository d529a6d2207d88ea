// The control messages of a WebSocket connection (SUBSCRIBE and its kin) and the exchange's
// answers, word for word. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace k2::sim {

enum class ControlMethod : std::uint8_t {
  kSubscribe,
  kUnsubscribe,
  kListSubscriptions,
  kSetProperty,
  kGetProperty,
};

/// A request that is well formed; `id` is the JSON text to echo.
struct ControlRequest {
  ControlMethod method{};
  std::vector<std::string> streams;
  std::optional<bool> combined;
  std::string id = "null";
};

/// A request that is refused, with the reply that names the reason.
struct ControlError {
  std::string reply;
};

/// Reads a control message.
/// Source: the exchange's stream documentation, live subscribing and error messages (read
/// 2026-11-23). Ids: integers, null, and strings of up to 36 characters, dashes too, as the
/// official client sends them.
[[nodiscard]] std::variant<ControlRequest, ControlError> parse_control(std::string_view text);

/// {"result":null,"id":1}
[[nodiscard]] std::string control_reply(std::string_view result, std::string_view id);

/// The error of a connection that requests too many streams.
/// Source: measured by others on USD-M futures; its shape differs from the documented errors.
[[nodiscard]] std::string too_many_streams_reply();

}  // namespace k2::sim
