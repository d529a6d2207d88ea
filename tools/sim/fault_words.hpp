// The words of a fault's line behind its kind: `at=5s`, `on=one`, `kinds=drop,mute`. Pure.
#pragma once

#include "tools/sim/fault_spec.hpp"

#include <string_view>

namespace k2::sim {

/// Sets the field of key=text.
/// Errors: kConfigInvalid, naming the word and what is allowed.
[[nodiscard]] Result<bool> set_fault_word(std::string_view key, std::string_view text,
                                          FaultSpec& spec);

/// True for the words that set a fault's time, which every kind takes.
[[nodiscard]] bool says_when(std::string_view key) noexcept;

/// True for the words that take a list, which continues behind the commas.
[[nodiscard]] bool takes_list(std::string_view key) noexcept;

/// `fault: <what> '<word>'; allowed: <allowed>`.
[[nodiscard]] Error invalid_fault(std::string_view what, std::string_view word,
                                  std::string_view allowed);

/// Reads a span like 250ms, 30s, 5m, 1.5h.
/// Errors: kConfigInvalid.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_span(std::string_view text);

}  // namespace k2::sim
