#include "app/near_name.hpp"

#include <algorithm>
#include <vector>

namespace k2::app {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // Names are short; the whole table is simplest. Optimal string alignment.
  std::size_t const columns = right.size() + 1;
  std::vector<std::size_t> cells((left.size() + 1) * columns);
  auto const cell = [&](std::size_t row, std::size_t column) -> std::size_t& {
    return cells[row * columns + column];
  };
  for (std::size_t row = 0; row <= left.size(); ++row) cell(row, 0) = row;
  for (std::size_t column = 0; column <= right.size(); ++column) cell(0, column) = column;
  for (std::size_t row = 1; row <= left.size(); ++row) {
    for (std::size_t column = 1; column <= right.size(); ++column) {
      bool const same = left[row - 1] == right[column - 1];
      auto best = cell(row - 1, column - 1) + (same ? 0U : 1U);
      best = std::min({best, cell(row - 1, column) + 1, cell(row, column - 1) + 1});
      if (row > 1 && column > 1 && left[row - 1] == right[column - 2] &&
          left[row - 2] == right[column - 1]) {
        best = std::min(best, cell(row - 2, column - 2) + 1);
      }
      cell(row, column) = best;
    }
  }
  return cells.back();
}

std::string near_name(std::string_view name, std::span<std::string const> known) {
  constexpr std::size_t kNameMax = 100;  // longer input is no typing error; keeps the table small
  constexpr std::size_t kPartMin = 4;    // a shorter part matches too much
  if (name.size() > kNameMax) return {};
  std::string_view best;
  std::size_t best_distance = kNameMax;
  for (auto const& candidate : known) {
    auto const distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  if (best_distance <= std::max<std::size_t>(1, best.size() / 3)) return std::string{best};
  // A forgotten table or unit: "symbols" for "binance.symbols", "patience" for "patience_seconds".
  auto const contains_name = [&](std::string const& candidate) {
    return candidate.find(name) != candidate.npos;
  };
  if (name.size() < kPartMin || std::ranges::count_if(known, contains_name) != 1) return {};
  return *std::ranges::find_if(known, contains_name);
}

std::string did_you_mean(std::string_view name, std::span<std::string const> known) {
  auto const near = near_name(name, known);
  return near.empty() ? "" : "; did you mean '" + near + "'?";
}

}  // namespace k2::app
