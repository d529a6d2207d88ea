#include "tools/verify/generation_check.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace k2::verify {

GenerationCheck::GenerationCheck(std::vector<sink::TapeRestart> const& restarts)
    : restarts_(restarts) {
  for (sink::TapeRestart const& restart : restarts_) {
    begins_[restart.symbol].push_back(restart.first_sequence);
  }
}

char const* GenerationCheck::misplaced(std::string_view tape, std::uint64_t sequence) const {
  auto const [symbol, generation] = sink::parse_tape_name(tape);
  auto const found = begins_.find(symbol);
  std::size_t const known = found == begins_.end() ? 0 : found->second.size();
  if (generation > known) return "the journal knows no such generation of its tape";
  if (generation > 0 && sequence < found->second[generation - 1]) {
    return "it comes before its generation begins";
  }
  if (generation < known && sequence >= found->second[generation]) {
    return "it comes after its tape was closed";
  }
  return nullptr;
}

void GenerationCheck::check(std::vector<sink::Position> const& positions, Finding& wrong) const {
  sink::TapeRestart const* before = nullptr;
  for (sink::TapeRestart const& restart : restarts_) {
    bool const follows = before != nullptr && before->symbol == restart.symbol;
    if (restart.generation != (follows ? before->generation + 1 : 1) ||
        (follows && restart.first_sequence < before->first_sequence)) {
      wrong.add(fmt::format("{}: generation {} does not follow the one before it", restart.symbol,
                            restart.generation));
    }
    before = &restart;
    auto const closed = sink::tape_name(restart.symbol, restart.generation - 1);
    auto const position = std::ranges::find(positions, closed, &sink::Position::symbol);
    // A declared gap at its end moves no position.
    if (position != positions.end() &&
        (!restart.closed_last || position->last > *restart.closed_last)) {
      wrong.add(fmt::format("{}: the tape was closed at {}, and its position is {}", closed,
                            restart.closed_last ? std::to_string(value(*restart.closed_last))
                                                : std::string{"nothing"},
                            value(position->last)));
    }
  }
}

}  // namespace k2::verify
