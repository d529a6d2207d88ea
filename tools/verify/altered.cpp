#include "tools/verify/altered.hpp"

namespace k2::verify {

AlteredSearch::AlteredSearch(std::span<SuspectChunk const> suspects) {
  for (SuspectChunk const& suspect : suspects) {
    Contents& contents = symbols_[suspect.symbol][suspect.suspect.chunk];
    contents.unit = suspect.suspect.unit;
    contents.source.resize(kChunkIds);
  }
}

AlteredSearch::Contents* AlteredSearch::find(std::string_view symbol, TradeId id) {
  auto const chunks = symbols_.find(symbol);
  if (chunks == symbols_.end()) return nullptr;
  auto const contents = chunks->second.find(chunk_of(id));
  return contents == chunks->second.end() ? nullptr : &contents->second;
}

void AlteredSearch::add_source(std::string_view symbol, TradeId id, Content const& content) {
  Contents* const contents = find(symbol, id);
  if (contents == nullptr) return;
  auto const place = value(id) % kChunkIds;
  if (contents->told[place]) return;  // the first telling counts, as in the first pass
  contents->told[place] = true;
  contents->source[place] = cut_to(contents->unit, content);
}

void AlteredSearch::add_stored(std::string_view symbol, TradeId id, Content const& content) {
  Contents* const contents = find(symbol, id);
  if (contents == nullptr) return;
  auto const place = value(id) % kChunkIds;
  if (contents->told[place] && contents->source[place] != cut_to(contents->unit, content)) {
    contents->altered[place] = true;
  }
}

void AlteredSearch::for_each_altered(
    std::function<void(std::string_view, TradeId)> const& visit) const {
  for (auto const& [symbol, chunks] : symbols_) {
    for (auto const& [index, contents] : chunks) {
      for (std::size_t place = 0; place < kChunkIds; ++place) {
        if (contents.altered[place]) visit(symbol, TradeId{value(chunk_begin(index)) + place});
      }
    }
  }
}

}  // namespace k2::verify
