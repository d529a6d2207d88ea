// The second look: contents of suspect chunks compared trade by trade. First all of the source is
// added, then all of the store. Pure; memory is bounded by kChunksMax chunks.
#pragma once

#include "tools/verify/symbol_tally.hpp"

#include <bitset>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::verify {

struct SuspectChunk {
  std::string symbol;
  Suspect suspect;
};

class AlteredSearch {
 public:
  /// Units: chunks of 160 KiB; 64 MiB in all.
  static constexpr std::size_t kChunksMax = 400;

  explicit AlteredSearch(std::span<SuspectChunk const> suspects);

  void add_source(std::string_view symbol, TradeId id, Content const& content);
  void add_stored(std::string_view symbol, TradeId id, Content const& content);
  /// Calls with each id of which both sides told something different, by symbol and id.
  void for_each_altered(std::function<void(std::string_view, TradeId)> const& visit) const;

 private:
  struct Contents {
    TimeUnit unit = TimeUnit::kMicroseconds;
    std::vector<Content> source;
    std::bitset<kChunkIds> told;
    std::bitset<kChunkIds> altered;
  };
  using Chunks = std::map<std::uint64_t, Contents>;

  [[nodiscard]] Contents* find(std::string_view symbol, TradeId id);

  std::map<std::string, Chunks, std::less<>> symbols_;
};

}  // namespace k2::verify
