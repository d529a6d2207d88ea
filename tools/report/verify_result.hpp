// The result of `k2 verify --json`, as far as a report needs it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace k2::report {

struct VerifyResult {
  /// The file that it was read from.
  std::string name;
  /// False as well when the text is no result of verify.
  bool readable = false;
  bool clean = false;
  /// The verdict in verify's own text.
  std::string verdict{};
  std::string against{};
  std::uint64_t stored = 0;
  /// "unknown" when nothing is known to be wrong and not everything could be checked.
  std::string outcome{};
  std::string version{};
  std::uint64_t tapes = 0;
  std::uint64_t in_open_gaps = 0;
  /// Times of the first and the last of the checked trades. Units: seconds since 1970.
  std::optional<double> first_s{};
  std::optional<double> last_s{};
};

/// A file may hold lines of a terminal before the object; what counts is the object.
[[nodiscard]] VerifyResult parse_verify(std::string name, std::string_view text);

}  // namespace k2::report
