#include "app/gap_table.hpp"

#include "app/progress.hpp"
#include "core/iso_time.hpp"
#include "sink/tape_name.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace k2::app {
namespace {

std::chrono::seconds age_of(sink::DeclaredGap const& gap, UtcTime now) {
  return std::max(std::chrono::floor<std::chrono::seconds>(now - gap.declared_at),
                  std::chrono::seconds{0});
}

}  // namespace

std::vector<sink::DeclaredGap> select_gaps(std::span<sink::DeclaredGap const> gaps,
                                           GapFilter const& filter) {
  std::vector<sink::DeclaredGap> selected;
  for (auto const& gap : gaps) {
    if (!filter.symbol.empty() && sink::parse_tape_name(gap.symbol).symbol != filter.symbol) {
      continue;
    }
    if (filter.state && gap.state != *filter.state) continue;
    // Repair stores one row per page; the table shows the outcome for the whole range.
    if (!selected.empty() && selected.back().symbol == gap.symbol &&
        selected.back().state == gap.state && selected.back().why == gap.why &&
        next(selected.back().ids.last) == gap.ids.first) {
      selected.back().ids.last = gap.ids.last;
      selected.back().declared_at = std::min(selected.back().declared_at, gap.declared_at);
      continue;
    }
    selected.push_back(gap);
  }
  return selected;
}

std::string age_text(std::chrono::seconds age) {
  struct Unit {
    long seconds;
    char const* name;
  };
  static constexpr Unit kUnits[] = {{86'400, "d"}, {3'600, "h"}, {60, "min"}, {1, "s"}};
  std::string text;
  int shown = 0;
  for (auto const& [seconds, name] : kUnits) {
    long const count = age.count() / seconds;
    if (count == 0 && shown == 0 && seconds > 1) continue;
    age -= std::chrono::seconds{count * seconds};
    if (count > 0 || shown == 0) {
      text += fmt::format("{}{} {}", text.empty() ? "" : " ", count, name);
    }
    if (++shown == 2) break;
  }
  return text;
}

std::string gap_table(std::span<sink::DeclaredGap const> gaps, UtcTime now) {
  if (gaps.empty()) return "no declared gaps\n";
  std::size_t symbol_width = 6;
  for (auto const& gap : gaps) symbol_width = std::max(symbol_width, gap.symbol.size());
  std::string text =
      fmt::format("{:<{}}  {:>14}  {:>14}  {:>13}  {:<8}  {:<27}  {:<12}  {}\n", "symbol",
                  symbol_width, "first", "last", "ids", "state", "since", "age", "why");
  std::uint64_t open = 0;
  for (auto const& gap : gaps) {
    if (gap.state == GapState::kOpen) open += gap.ids.count();
    text += fmt::format("{:<{}}  {:>14}  {:>14}  {:>13}  {:<8}  {:<27}  {:<12}  {}\n", gap.symbol,
                        symbol_width, value(gap.ids.first), value(gap.ids.last),
                        with_commas(gap.ids.count()), gap_state_name(gap.state),
                        print_iso_time(gap.declared_at), age_text(age_of(gap, now)), gap.why);
  }
  return text + fmt::format("{} {}, {} ids still open\n", gaps.size(),
                            gaps.size() == 1 ? "row" : "rows", with_commas(open));
}

std::string gaps_json(std::span<sink::DeclaredGap const> gaps, UtcTime now) {
  auto rows = nlohmann::ordered_json::array();
  for (auto const& gap : gaps) {
    auto const [symbol, generation] = sink::parse_tape_name(gap.symbol);
    rows.push_back({{"symbol", symbol},
                    {"tape_generation", generation},
                    {"first", value(gap.ids.first)},
                    {"last", value(gap.ids.last)},
                    {"ids", gap.ids.count()},
                    {"state", gap_state_name(gap.state)},
                    {"why", gap.why},
                    {"declared_at", gap.declared_at.time_since_epoch().count()},
                    {"age_seconds", age_of(gap, now).count()}});
  }
  nlohmann::ordered_json const root{{"gaps", std::move(rows)}};
  return root.dump(2, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace k2::app
