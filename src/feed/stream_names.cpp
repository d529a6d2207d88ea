#include "feed/stream_names.hpp"

#include <algorithm>
#include <bit>
#include <string>

namespace k2::feed {

StreamNames::StreamNames() {
  learn(SymbolTable{});
}

void StreamNames::learn(SymbolTable const& symbols) {
  // The table is at most half full, so that a probe is short and always ends.
  std::size_t const slots = std::bit_ceil(std::max<std::size_t>(16, symbols.size() * 2));
  if (slots != slots_.size()) {
    slots_.assign(slots, StreamName{});
    mask_ = slots - 1;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(slots));
    learned_ = 0;
  }
  for (; learned_ < symbols.size(); ++learned_) {
    auto const index = static_cast<SymbolIndex>(learned_);
    insert(symbols[index], index);
  }
}

void StreamNames::insert(Symbol const& symbol, SymbolIndex index) {
  std::size_t const length = symbol.text().size();
  if (length > StreamName::kBytesMax) return;
  std::string const lower = symbol.lower();
  std::string const frame = lower + "@trade\",\"data\":{";
  StreamName name;
  std::memcpy(name.key, frame.data(), sizeof name.key);
  if (length > 16) std::memcpy(name.lower_tail, lower.data() + 16, length - 16);
  std::memcpy(name.upper, symbol.text().data(), length);
  name.symbol = index;
  name.length = static_cast<std::uint8_t>(length);
  std::size_t at = slot(name.key);
  while (slots_[at].length != 0) at = (at + 1) & mask_;
  slots_[at] = name;
}

}  // namespace k2::feed
