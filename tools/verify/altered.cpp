#include "tools/verify/altered.hpp"

namespace k2::verify {
namespace {

/// A source may have one trade in milliseconds and again in microseconds.
bool tell_the_same(Content const& one, Content const& other) {
  bool const coarse = is_whole_ms(one.time) || is_whole_ms(other.time);
  auto const unit = coarse ? TimeUnit::kMilliseconds : TimeUnit::kMicroseconds;
  return cut_to(unit, one) == cut_to(unit, other);
}

}  // namespace

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
  // The first telling counts, as in the first pass.
  if (contents->told[place]) {
    if (!tell_the_same(contents->source[place], content)) contents->twisted[place] = true;
    return;
  }
  contents->told[place] = true;
  contents->source[place] = content;
}

void AlteredSearch::add_stored(std::string_view symbol, TradeId id, Content const& content) {
  Contents* const contents = find(symbol, id);
  if (contents == nullptr) return;
  auto const place = value(id) % kChunkIds;
  if (contents->told[place] &&
      cut_to(contents->unit, contents->source[place]) != cut_to(contents->unit, content)) {
    contents->altered[place] = true;
  }
}

void AlteredSearch::for_each(std::bitset<kChunkIds> Contents::* marks, Visit const& visit) const {
  for (auto const& [symbol, chunks] : symbols_) {
    for (auto const& [index, contents] : chunks) {
      for (std::size_t place = 0; place < kChunkIds; ++place) {
        if ((contents.*marks)[place]) visit(symbol, TradeId{value(chunk_begin(index)) + place});
      }
    }
  }
}

}  // namespace k2::verify
