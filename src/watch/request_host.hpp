// Decides which Host headers the watch server answers. A web page can point a name of its own at
// this machine's address and read what the browser then gets (DNS rebinding), but it cannot do so
// for an address or for localhost. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace k2::watch {

/// True for an IP address, for localhost and for one of the names, with a port or without, in any
/// case; and for no text, which only programs send.
[[nodiscard]] bool is_own_host(std::string_view host, std::span<std::string const> names);

}  // namespace k2::watch
