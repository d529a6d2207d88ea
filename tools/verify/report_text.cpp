#include "tools/verify/report_text.hpp"

#include "core/iso_time.hpp"
#include "core/printable.hpp"
#include "tools/verify/report_columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace k2::verify {
namespace {

std::string with_commas(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

using Row = std::vector<std::string>;

Row header_row(Against against) {
  Row row{"symbol"};
  for (auto const& column : kCountColumns) {
    if (is_shown(column.shown, against)) row.emplace_back(column.name);
  }
  for (auto const& column : kDefectColumns) {
    if (is_shown(column.shown, against)) row.emplace_back(column.name);
  }
  std::ranges::replace(row, "out_of_order", "out of order");
  return row;
}

Row symbol_row(SymbolReport const& symbol, Against against) {
  Row row{printable(symbol.symbol)};
  for (auto const& column : kCountColumns) {
    if (is_shown(column.shown, against)) row.push_back(with_commas(symbol.*column.number));
  }
  for (auto const& column : kDefectColumns) {
    if (is_shown(column.shown, against))
      row.push_back(with_commas((symbol.*column.defect).count()));
  }
  return row;
}

/// Returns the number of terminal columns of the text; UTF-8 continuation bytes take none.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }));
}

void append_table(std::vector<Row> const& rows, std::string& out) {
  std::vector<std::size_t> widths(rows.front().size());
  for (Row const& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], width_of(row[at]));
    }
  }
  for (Row const& row : rows) {
    out += row[0];
    out.append(widths[0] - width_of(row[0]), ' ');
    for (std::size_t at = 1; at < row.size(); ++at) {
      out.append(widths[at] - width_of(row[at]) + 2, ' ');
      out += row[at];
    }
    out += '\n';
  }
}

std::string range_text(IdRange ids) {
  if (ids.first == ids.last) return std::to_string(value(ids.first));
  return fmt::format("{}..{}", value(ids.first), value(ids.last));
}

void append_examples(SymbolReport const& symbol, std::string& out) {
  for (auto const& column : kDefectColumns) {
    Defect const& defect = symbol.*column.defect;
    if (defect.count() == 0) continue;
    fmt::format_to(std::back_inserter(out), "{} {}:", printable(symbol.symbol), column.name);
    std::uint64_t shown = 0;
    for (IdRange const& ids : defect.examples()) {
      fmt::format_to(std::back_inserter(out), " {}", range_text(ids));
      shown += ids.count();
    }
    out += shown < defect.count() ? " ...\n" : "\n";
  }
}

void append_finding(std::string_view name, Finding const& finding, std::string& out) {
  if (finding.count == 0) return;
  fmt::format_to(std::back_inserter(out), "{}: {}\n", name, with_commas(finding.count));
  for (std::string const& example : finding.examples) {
    fmt::format_to(std::back_inserter(out), "  {}\n", printable(example));
  }
}

}  // namespace

std::string_view against_name(Against against) noexcept {
  switch (against) {
    case Against::kNothing:
      return "nothing";
    case Against::kLedger:
      return "ledger";
    case Against::kOfficial:
      return "official";
    case Against::kJournal:
      return "journal";
    case Against::kTopic:
      return "topic";
  }
  return "unknown";
}

std::string_view outcome_name(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::kClean:
      return "clean";
    case Outcome::kNotClean:
      return "not_clean";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

namespace {

/// Returns the restrictions of a clean verdict.
std::string restrictions(Report const& report) {
  Asked const& asked = report.asked;
  std::string text;
  if (asked.since != UtcTime::min()) text += ", since " + print_iso_time(asked.since);
  if (asked.until != UtcTime::max()) text += ", until " + print_iso_time(asked.until);
  if (asked.from_first_stored) text += ", from each tape's first stored id";
  if (asked.to_last_stored) text += ", to each tape's last stored id";
  if (!report.retired_by.empty())
    text.append(", but for trades deleted ").append(report.retired_by);
  auto const open = report.total.open.count();
  auto const declared = report.total.declared.count();
  if (declared > 0) {
    text += fmt::format(", but for {} ids in declared gaps", with_commas(declared));
    if (open > 0) text += fmt::format(" ({} of them open)", with_commas(open));
  }
  return text;
}

std::string clean_text(Report const& report) {
  switch (report.against) {
    case Against::kNothing:
      return "CLEAN: no id is missing, doubled or out of order";
    case Against::kTopic:
      return "CLEAN: both topics hold the same trades, each once, in order";
    case Against::kOfficial:
      return "CLEAN: every trade of the official files is stored exactly once, in order and "
             "unaltered";
    case Against::kLedger:
    case Against::kJournal:
      break;
  }
  return "CLEAN: every published trade is stored exactly once, in order and unaltered";
}

std::string unknown_text(Report const& report) {
  if (!report.compared() && report.unread.count == 0) {
    return "UNKNOWN: there is nothing to compare";
  }
  std::string text;
  if (report.total.unproven.count() > 0) {
    text = fmt::format("{} ids between others of the source are in neither",
                       with_commas(report.total.unproven.count()));
  }
  if (report.unread.count > 0) {
    if (!text.empty()) text += "; ";
    text += printable(report.unread.examples.front());
    if (report.unread.count > 1) text += fmt::format(" (and {} more)", report.unread.count - 1);
  }
  return "UNKNOWN: nothing is known to be wrong, and not everything could be checked: " + text;
}

std::string not_clean_text(Report const& report) {
  std::string text;
  auto const add = [&text](std::uint64_t count, std::string_view name) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "NOT CLEAN: " : ", ", with_commas(count), name);
  };
  for (auto const& column : kDefectColumns) {
    if (column.defect == &SymbolReport::declared && report.declared_is_accepted()) continue;
    add((report.total.*column.defect).count(),
        column.name == "out_of_order" ? "out of order" : column.name);
  }
  add(report.invalid_blocks.count, "invalid blocks");
  add(report.invalid_records.count, "invalid records");
  add(report.invalid_source.count,
      report.against == Against::kTopic ? "defects of the other topic" : "defects of the source");
  add(report.wrong_positions.count, "wrong positions");
  add(report.wrong_gaps.count, "wrong gaps");
  add(report.unread.count, "not checked");
  return text;
}

std::string end_text(CoverageEnd const& end) {
  return end.id ? std::to_string(value(*end.id)) : std::string{"-"};
}

void append_coverage(Report const& report, std::string& out) {
  if (report.symbols.empty()) return;
  std::vector<Row> rows{{"checked", "first id", "known from", "last id", "known from", "ids read",
                         "in open gaps", "not checked"}};
  for (SymbolReport const& symbol : report.symbols) {
    Coverage const& one = symbol.coverage;
    auto const from = [&](CoverageEnd const& end) {
      return std::string{end.from == "source" ? against_name(report.against) : end.from};
    };
    rows.push_back({printable(symbol.symbol), end_text(one.first), from(one.first),
                    end_text(one.last), from(one.last), with_commas(one.read),
                    with_commas(one.open), with_commas(one.unchecked)});
  }
  out += '\n';
  append_table(rows, out);
}

}  // namespace

std::string verdict_text(Report const& report) {
  switch (report.outcome()) {
    case Outcome::kClean:
      return clean_text(report) + restrictions(report);
    case Outcome::kUnknown:
      return unknown_text(report);
    case Outcome::kNotClean:
      break;
  }
  return not_clean_text(report);
}

std::string report_text(Report const& report) {
  Against const against = report.against;
  std::vector<Row> rows{header_row(against)};
  for (SymbolReport const& symbol : report.symbols) rows.push_back(symbol_row(symbol, against));
  rows.push_back(symbol_row(report.total, against));
  std::string out;
  append_table(rows, out);
  fmt::format_to(std::back_inserter(out),
                 "\n{}declared gaps: {} open, {} repaired, {} venue{}; {} dead letters\n",
                 report.blocks > 0 ? with_commas(report.blocks) + " blocks; " : "",
                 report.gaps.open, report.gaps.repaired, report.gaps.venue,
                 report.gaps.elsewhere > 0
                     ? fmt::format(", {} delivered by another process", report.gaps.elsewhere)
                     : "",
                 with_commas(report.dead_letters));
  for (SymbolReport const& symbol : report.symbols) append_examples(symbol, out);
  append_finding("invalid blocks", report.invalid_blocks, out);
  append_finding("invalid records", report.invalid_records, out);
  append_finding(
      against == Against::kTopic ? "defects of the other topic" : "defects of the source",
      report.invalid_source, out);
  append_finding("wrong positions", report.wrong_positions, out);
  append_finding("wrong gaps", report.wrong_gaps, out);
  append_finding("not checked", report.unread, out);
  for (std::string const& note : report.notes) out += "note: " + printable(note) + "\n";
  append_coverage(report, out);
  out += verdict_text(report) + "\n";
  return out;
}

}  // namespace k2::verify
