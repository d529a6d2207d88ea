// The columns of a report, shared by its table and its JSON. Pure.
#pragma once

#include "tools/verify/report.hpp"

#include <array>
#include <string_view>

namespace k2::verify {

/// A number of each symbol that is no defect.
struct CountColumn {
  std::string_view name;
  std::uint64_t SymbolReport::* number;
  /// False when it means nothing without a source.
  bool alone = true;
};

/// A defect of each symbol.
struct DefectColumn {
  std::string_view name;
  Defect SymbolReport::* defect;
  bool alone = true;
};

inline constexpr std::array kCountColumns{
    CountColumn{"published", &SymbolReport::published, false},
    CountColumn{"stored", &SymbolReport::stored},
    CountColumn{"backfilled", &SymbolReport::backfilled},
    CountColumn{"late", &SymbolReport::late},
    CountColumn{"outside", &SymbolReport::outside, false},
};

inline constexpr std::array kDefectColumns{
    DefectColumn{"missing", &SymbolReport::missing},
    DefectColumn{"declared", &SymbolReport::declared},
    DefectColumn{"duplicate", &SymbolReport::duplicate},
    DefectColumn{"out_of_order", &SymbolReport::out_of_order},
    DefectColumn{"altered", &SymbolReport::altered, false},
    DefectColumn{"unexpected", &SymbolReport::unexpected, false},
};

/// "nothing", "ledger", "official" or "journal".
[[nodiscard]] std::string_view against_name(Against against) noexcept;

}  // namespace k2::verify
