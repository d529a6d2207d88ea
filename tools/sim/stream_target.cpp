#include "tools/sim/stream_target.hpp"

#include "tools/sim/query.hpp"

#include <algorithm>

namespace k2::sim {
namespace {

void add_names(std::string_view names, std::vector<std::string>& streams) {
  while (!names.empty()) {
    auto const slash = names.find('/');
    std::string_view const name = names.substr(0, slash);
    names.remove_prefix(slash == std::string_view::npos ? names.size() : slash + 1);
    if (name.empty() || std::ranges::find(streams, name) != streams.end()) continue;
    streams.emplace_back(name);
  }
}

}  // namespace

std::optional<StreamTarget> parse_stream_target(std::string_view text) {
  Target const target = parse_target(text);
  std::string_view const path = target.path;
  StreamTarget result;
  if (path == "/stream" || path == "/stream/") {
    result.combined = true;
    if (auto const names = target.find("streams")) add_names(*names, result.streams);
  } else if (path == "/ws" || path.starts_with("/ws/")) {
    add_names(path.substr(3), result.streams);
  } else {
    return std::nullopt;
  }
  auto const unit = target.find("timeUnit");
  if (unit == "MICROSECOND" || unit == "microsecond") result.unit = TimeUnit::kMicrosecond;
  return result;
}

}  // namespace k2::sim
