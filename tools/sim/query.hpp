// Takes a request target apart: path and query parameters, percent-encoded or not, in any order.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::sim {

struct Target {
  std::string path;
  std::vector<std::pair<std::string, std::string>> parameters;

  /// The first parameter of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
};

/// Splits "/path?a=1&b=2" and decodes percent-encoding; what is not valid encoding stays as it is.
[[nodiscard]] Target parse_target(std::string_view target);

/// Turns %XX into bytes; what is not valid encoding stays as it is.
[[nodiscard]] std::string percent_decoded(std::string_view text);

}  // namespace k2::sim
