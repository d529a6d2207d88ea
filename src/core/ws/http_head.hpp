// The head of an HTTP/1.1 message (RFC 9112), a start line and header fields, as far as a WebSocket
// handshake needs it: strict, bounded, and copied out of the receive buffer once it is complete.
#pragma once

#include "core/result.hpp"
#include "core/ws/receive_buffer.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::ws {

/// The longest head that is read, start line and all fields together.
/// Chosen: real ones have 200 to 1,500 bytes; a /stream target of 1,024 names has up to 25 KiB.
inline constexpr std::size_t kHeadBytesMax = std::size_t{64} * 1024;
/// Chosen: browsers send about 15.
inline constexpr std::size_t kHeadFieldsMax = 100;

struct HeaderField {
  std::string name;
  std::string value;
};

struct HttpHead {
  std::string start_line;
  std::vector<HeaderField> fields;

  /// The first field of that name, in any case; nullptr when there is none.
  [[nodiscard]] HeaderField const* find(std::string_view name) const noexcept;
  /// The number of fields with that name.
  [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
  /// True when one of the fields of that name lists the token, in any case ("keep-alive, Upgrade").
  [[nodiscard]] bool lists(std::string_view name, std::string_view token) const noexcept;
};

/// Takes a head, up to and with its empty line, off the buffer's front; false while incomplete.
/// Errors: kWsHandshake when it is too long or not HTTP/1.1.
[[nodiscard]] Result<bool> take_http_head(ReceiveBuffer& buffer, HttpHead& out);

/// Appends "name: value" lines and the empty line that ends a head. Names and values are the
/// program's own: a line break in one is a bug.
void append_http_fields(std::span<HeaderField const> fields, std::string& out);

/// Equality of ASCII texts without regard to case.
[[nodiscard]] bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept;

}  // namespace k2::ws
