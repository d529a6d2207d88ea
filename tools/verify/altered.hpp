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
  using Visit = std::function<void(std::string_view, TradeId)>;
  /// Calls with each id for which the two sides have different content, by symbol and id.
  void for_each_altered(Visit const& visit) const { for_each(&Contents::altered, visit); }
  /// Calls with each id for which the source itself has contradictory content.
  void for_each_contradictory(Visit const& visit) const { for_each(&Contents::twisted, visit); }

 private:
  struct Contents {
    TimeUnit unit = TimeUnit::kMicroseconds;
    std::vector<Content> source;
    std::bitset<kChunkIds> told;
    std::bitset<kChunkIds> altered;
    /// The source has them again, with other content.
    std::bitset<kChunkIds> twisted;
  };
  using Chunks = std::map<std::uint64_t, Contents>;

  void for_each(std::bitset<kChunkIds> Contents::* marks, Visit const& visit) const;
  [[nodiscard]] Contents* find(std::string_view symbol, TradeId id);

  std::map<std::string, Chunks, std::less<>> symbols_;
};

}  // namespace k2::verify
