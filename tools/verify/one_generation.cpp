#include "tools/verify/one_generation.hpp"

#include "sink/tape_name.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace k2::verify {

Result<bool> OneGeneration::next(StoredTrade& out) {
  for (;;) {
    auto more = store_->next(out);
    if (!more || !*more) return more;
    auto const [symbol, generation] = sink::parse_tape_name(out.symbol);
    if (generation == generation_.value_or(0)) {
      out.symbol = symbol;
      return true;
    }
    if (!others_.contains(out.symbol)) others_.emplace(out.symbol);
  }
}

/// Leaves the rows of the generation, under the names of their symbols.
template <class Row>
void OneGeneration::select(std::vector<Row>& rows) const {
  std::erase_if(rows, [this](Row const& row) {
    return sink::parse_tape_name(row.symbol).generation != generation_.value_or(0);
  });
  for (Row& row : rows) row.symbol = std::string{sink::parse_tape_name(row.symbol).symbol};
}

Result<StoreTables> OneGeneration::tables() {
  auto tables = store_->tables();
  if (!tables) return tables;
  select(tables->gaps);
  select(tables->gaps_before);
  select(tables->retired);
  select(tables->positions);
  select(tables->unreached);
  if (!others_.empty()) {
    auto text = fmt::format("not compared: {}; --tape-generation names one generation of each tape",
                            fmt::join(others_, ", "));
    if (generation_) {
      tables->notes.push_back(std::move(text));
    } else {
      tables->unread.add(std::move(text));
    }
  }
  return tables;
}

}  // namespace k2::verify
