#include "bench/frame_source.hpp"

#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "core/ws/encoder.hpp"

#include <fmt/format.h>

namespace k2::bench {
namespace {

constexpr std::uint64_t kFirstId = 3'735'683'259;

/// The text between `key` and the next comma or brace of a recorded frame.
std::string_view member(std::string_view frame, std::string_view key) {
  std::string_view const rest = frame.substr(frame.find(key) + key.size());
  return rest.substr(0, rest.find_first_of(",}"));
}

}  // namespace

std::string symbol_name(std::size_t number, std::size_t count) {
  return count == 1 ? "BTCUSDT" : fmt::format("S{:04}USDT", number);
}

FrameSource::FrameSource(std::vector<std::string_view> const& recorded, std::size_t symbols)
    : next_id_(symbols, kFirstId) {
  std::vector<Symbol> names;
  for (std::size_t number = 0; number < symbols; ++number) {
    names.push_back(Symbol::parse(symbol_name(number, symbols)).value());
  }
  Rng rng{1};
  for (std::string_view const frame : recorded) {
    auto const number = static_cast<std::uint32_t>(rng.below(symbols));
    std::string const text = fmt::format(
        R"({{"stream":"{}@trade","data":{{"e":"trade","E":{}417,"s":"{}","t":{},"p":{},"q":{},)"
        R"("T":{}208,"m":{},"M":true}}}})",
        names[number].lower(), member(frame, R"("E":)"), names[number].text(), kFirstId,
        member(frame, R"("p":)"), member(frame, R"("q":)"), member(frame, R"("T":)"),
        member(frame, R"("m":)"));
    Slot slot{.first = static_cast<std::uint32_t>(bytes_.size()),
              .length = 0,
              .id_at = 0,
              .symbol = number};
    ws::append_frame(ws::Role::kServer, ws::Opcode::kText, text, 0, bytes_);
    slot.length = static_cast<std::uint32_t>(bytes_.size()) - slot.first;
    slot.id_at = static_cast<std::uint32_t>(bytes_.find(R"("t":)", slot.first)) + 4;
    slots_.push_back(slot);
  }
}

std::string_view FrameSource::next() {
  Slot const& slot = slots_[at_];
  at_ = at_ + 1 == slots_.size() ? 0 : at_ + 1;
  std::uint64_t id = next_id_[slot.symbol]++;
  for (std::uint32_t digit = 10; digit > 0; --digit, id /= 10) {
    bytes_[slot.id_at + digit - 1] = static_cast<char>('0' + id % 10);
  }
  return {bytes_.data() + slot.first, slot.length};
}

}  // namespace k2::bench
