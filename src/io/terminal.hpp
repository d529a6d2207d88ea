// The properties of a terminal.
#pragma once

#include <cstddef>
#include <optional>

namespace k2::io {

/// Width of the terminal behind a descriptor, or nothing when it is no terminal.
/// Units: columns; 80 when the terminal does not know.
[[nodiscard]] std::optional<std::size_t> terminal_columns(int fd);

}  // namespace k2::io
