// The answer of a Prometheus server to a query, read with distrust: anything that is not a
// complete,
// successful answer is an error or a warning, never an empty one. Pure.
#pragma once

#include "core/result.hpp"
#include "tools/report/series.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace k2::report {

struct Reply {
  /// A vector's series have one sample each.
  std::vector<Series> series;
  /// The server's own words when its answer may be partial.
  std::vector<std::string> warnings;
};

/// Samples that are no finite numbers count as missing.
/// Errors: kHttpStatus with the server's words, kJsonSyntax when it is no JSON, kFieldInvalid when
/// it is no answer of the query API.
[[nodiscard]] Result<Reply> parse_reply(int status, std::string_view body);

/// Adds another stretch of the same query: samples behind those that are there.
void append(std::vector<Series>& to, std::vector<Series> more);

/// Text for a URL's query part: all but letters, digits and -._~ escaped.
[[nodiscard]] std::string url_text(std::string_view text);

}  // namespace k2::report
