#include "tools/verify/report.hpp"

#include <utility>

namespace k2::verify {

void Finding::add(std::string example) {
  if (++count <= Defect::kExamplesMax) examples.push_back(std::move(example));
}

void Report::sum_up() {
  total = {};
  total.symbol = "total";
  for (SymbolReport const& symbol : symbols) {
    total.published += symbol.published;
    total.stored += symbol.stored;
    total.told_twice += symbol.told_twice;
    total.backfilled += symbol.backfilled;
    total.late += symbol.late;
    total.outside += symbol.outside;
    total.missing.add_count(symbol.missing);
    total.declared.add_count(symbol.declared);
    total.duplicate.add_count(symbol.duplicate);
    total.out_of_order.add_count(symbol.out_of_order);
    total.altered.add_count(symbol.altered);
    total.unexpected.add_count(symbol.unexpected);
  }
}

bool Report::compared() const noexcept {
  return against == Against::kNothing ? total.stored > 0 : total.published > 0;
}

bool Report::clean() const noexcept {
  bool const declared_is_fine = against == Against::kNothing || accept_declared;
  return compared() && total.missing.count() == 0 &&
         (declared_is_fine || total.declared.count() == 0) && total.duplicate.count() == 0 &&
         total.out_of_order.count() == 0 && total.altered.count() == 0 &&
         total.unexpected.count() == 0 && invalid_blocks.count == 0 && invalid_records.count == 0 &&
         invalid_source.count == 0 && wrong_positions.count == 0 && wrong_gaps.count == 0;
}

}  // namespace k2::verify
