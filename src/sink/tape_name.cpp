#include "sink/tape_name.hpp"

#include <charconv>

namespace k2::sink {
namespace {

constexpr std::string_view kMark = "-g";

}  // namespace

std::string tape_name(std::string_view symbol, std::uint32_t generation) {
  std::string name{symbol};
  if (generation > 0) name.append(kMark).append(std::to_string(generation));
  return name;
}

TapeName parse_tape_name(std::string_view name) noexcept {
  auto const mark = name.rfind(kMark);
  if (mark == std::string_view::npos || mark == 0) return {.symbol = name};
  std::string_view const digits = name.substr(mark + kMark.size());
  std::uint32_t generation = 0;
  auto const [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), generation);
  bool const is_number = error == std::errc{} && end == digits.data() + digits.size();
  // Only what tape_name() makes is a generation.
  if (!is_number || digits.front() == '0') return {.symbol = name};
  return {.symbol = name.substr(0, mark), .generation = generation};
}

std::string_view tape_of(TradeRecord const& record) noexcept {
  std::string_view const id = record.message_id;
  auto const mark = kMessagePrefix.size() + record.symbol.size();
  if (id.size() <= mark || !id.substr(mark).starts_with(kMark)) return record.symbol;
  auto const end = id.find('-', mark + 1);
  if (end == std::string_view::npos) return record.symbol;
  std::string_view const name = id.substr(kMessagePrefix.size(), end - kMessagePrefix.size());
  return parse_tape_name(name).symbol == record.symbol ? name : record.symbol;
}

std::uint32_t generation_of(TradeRecord const& record) noexcept {
  return parse_tape_name(tape_of(record)).generation;
}

}  // namespace k2::sink
