// Compares the records of a journal with its table of generations: each record lies where its
// generation does, and each closed tape ends where it was closed. Pure.
#pragma once

#include "sink/block.hpp"
#include "sink/tape_name.hpp"
#include "tools/verify/report.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace k2::verify {

class GenerationCheck {
 public:
  /// `restarts` is the table, by symbol and generation.
  explicit GenerationCheck(std::vector<sink::TapeRestart> const& restarts);

  /// Returns why a record of this tape does not belong at this sequence number, or nullptr.
  [[nodiscard]] char const* misplaced(std::string_view tape, std::uint64_t sequence) const;
  /// Compares the table with itself and with the positions of the tapes.
  void check(std::vector<sink::Position> const& positions, Finding& wrong) const;

 private:
  std::vector<sink::TapeRestart> restarts_;
  /// The sequence numbers with which the generations of each restarted symbol begin, from 1 on.
  std::map<std::string, std::vector<std::uint64_t>, std::less<>> begins_;
};

}  // namespace k2::verify
