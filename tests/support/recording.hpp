// The recording in data/ as text, for tests and benches.
#pragma once

#include "io/text_reader.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace k2::support {

/// The whole text of a plain, gzip or zstd file; throws when it cannot be read.
[[nodiscard]] inline std::string read_text(std::string const& path) {
  auto const reader = io::open_text(path).value();
  std::string text;
  std::array<char, 65'536> chunk{};
  while (std::size_t const count = reader->read(chunk).value()) text.append(chunk.data(), count);
  return text;
}

/// The lines of a text, as views into it, without their ends.
[[nodiscard]] inline std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    auto const end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

inline constexpr std::string_view kTradeFrames =
    "spot_BTCUSDT_ETHUSDT_trade_20240808T2354-20240809T0005.jsonl.gz";
inline constexpr std::string_view kAllFrames =
    "spot_BTCUSDT_ETHUSDT_combined_20240808T2354-20240809T0005.jsonl.zst";

}  // namespace k2::support
