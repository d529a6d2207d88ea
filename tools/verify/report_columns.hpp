// The columns of a report, shared by its table and its JSON. Pure.
#pragma once

#include "tools/verify/report.hpp"

#include <array>
#include <string_view>

namespace k2::verify {

/// The sources with which a column is meaningful.
enum class Shown : std::uint8_t { kAlways, kWithSource, kWithOfficial };

/// A number of each symbol that is no defect.
struct CountColumn {
  std::string_view name;
  std::uint64_t SymbolReport::* number;
  Shown shown = Shown::kAlways;
};

/// A defect of each symbol.
struct DefectColumn {
  std::string_view name;
  Defect SymbolReport::* defect;
  Shown shown = Shown::kAlways;
};

[[nodiscard]] constexpr bool is_shown(Shown shown, Against against) noexcept {
  switch (shown) {
    case Shown::kAlways:
      return true;
    case Shown::kWithSource:
      return against != Against::kNothing;
    case Shown::kWithOfficial:
      return against == Against::kOfficial;
  }
  return true;
}

inline constexpr std::array kCountColumns{
    CountColumn{"published", &SymbolReport::published, Shown::kWithSource},
    CountColumn{"stored", &SymbolReport::stored},
    CountColumn{"backfilled", &SymbolReport::backfilled},
    CountColumn{"late", &SymbolReport::late},
    CountColumn{"outside", &SymbolReport::outside, Shown::kWithOfficial},
};

inline constexpr std::array kDefectColumns{
    DefectColumn{"missing", &SymbolReport::missing},
    DefectColumn{"declared", &SymbolReport::declared},
    DefectColumn{"duplicate", &SymbolReport::duplicate},
    DefectColumn{"out_of_order", &SymbolReport::out_of_order},
    DefectColumn{"altered", &SymbolReport::altered, Shown::kWithSource},
    DefectColumn{"contradictory", &SymbolReport::contradictory, Shown::kWithSource},
    DefectColumn{"unexpected", &SymbolReport::unexpected, Shown::kWithSource},
};

/// "nothing", "ledger", "official", "journal" or "topic".
[[nodiscard]] std::string_view against_name(Against against) noexcept;

/// "clean", "not_clean" or "unknown".
[[nodiscard]] std::string_view outcome_name(Outcome outcome) noexcept;

}  // namespace k2::verify
