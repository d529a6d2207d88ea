#include "tools/verify/report.hpp"

#include <utility>

namespace k2::verify {

void Finding::add(std::string example) {
  if (++count <= Defect::kExamplesMax) examples.push_back(std::move(example));
}

void Finding::add(Finding const& other) {
  count += other.count;
  for (std::string const& example : other.examples) {
    if (examples.size() < Defect::kExamplesMax) examples.push_back(example);
  }
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
    total.open.add_count(symbol.open);
    total.duplicate.add_count(symbol.duplicate);
    total.out_of_order.add_count(symbol.out_of_order);
    total.altered.add_count(symbol.altered);
    total.contradictory.add_count(symbol.contradictory);
    total.unexpected.add_count(symbol.unexpected);
    total.unproven.add_count(symbol.unproven);
  }
}

bool Report::compared() const noexcept {
  return against == Against::kNothing ? total.stored > 0 : total.published > 0;
}

bool Report::declared_is_accepted() const noexcept {
  if (asked.accept_declared) return true;
  return against == Against::kNothing && total.open.count() == 0;
}

Outcome Report::outcome() const noexcept {
  bool const wrong =
      total.missing.count() > 0 || (total.declared.count() > 0 && !declared_is_accepted()) ||
      total.duplicate.count() > 0 || total.out_of_order.count() > 0 || total.altered.count() > 0 ||
      total.contradictory.count() > 0 || total.unexpected.count() > 0 || invalid_blocks.count > 0 ||
      invalid_records.count > 0 || invalid_source.count > 0 || wrong_positions.count > 0 ||
      wrong_gaps.count > 0;
  if (wrong) return Outcome::kNotClean;
  bool const all = compared() && unread.count == 0 && total.unproven.count() == 0;
  return all ? Outcome::kClean : Outcome::kUnknown;
}

}  // namespace k2::verify
