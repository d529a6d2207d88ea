// The status page's files, embedded when K2 is built, so that it needs no network. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace k2::watch {

struct PageFile {
  std::string_view content_type;
  std::string_view text;
};

/// Nothing but what comes from here may run, load or frame the page.
inline constexpr std::string_view kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The file behind a path: "/", "/page.css", "/page.js", "/charts.js", "/symbols.js", and Chart.js
/// itself as "/chart.js".
[[nodiscard]] std::optional<PageFile> page_file(std::string_view path);

}  // namespace k2::watch
