#include "tools/verify/report_text.hpp"

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
  Row row{symbol.symbol};
  for (auto const& column : kCountColumns) {
    if (is_shown(column.shown, against)) row.push_back(with_commas(symbol.*column.number));
  }
  for (auto const& column : kDefectColumns) {
    if (is_shown(column.shown, against))
      row.push_back(with_commas((symbol.*column.defect).count()));
  }
  return row;
}

/// How many columns of a terminal the text takes; UTF-8 continuation bytes take none.
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
    fmt::format_to(std::back_inserter(out), "{} {}:", symbol.symbol, column.name);
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
    fmt::format_to(std::back_inserter(out), "  {}\n", example);
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

std::string verdict_text(Report const& report) {
  if (report.clean()) {
    if (report.against == Against::kTopic) {
      return "CLEAN: both topics hold the same trades, each once, in order";
    }
    return report.against == Against::kNothing
               ? "CLEAN: no id is missing, doubled or out of order"
               : "CLEAN: every published trade is stored exactly once, in order and unaltered";
  }
  if (!report.compared()) return "NOT CLEAN: there is nothing to compare";
  std::string text;
  auto const add = [&text](std::uint64_t count, std::string_view name) {
    if (count == 0) return;
    text += fmt::format("{}{} {}", text.empty() ? "NOT CLEAN: " : ", ", with_commas(count), name);
  };
  for (auto const& column : kDefectColumns) {
    bool const accepted = column.defect == &SymbolReport::declared &&
                          (report.against == Against::kNothing || report.accept_declared);
    if (accepted) continue;
    add((report.total.*column.defect).count(),
        column.name == "out_of_order" ? "out of order" : column.name);
  }
  add(report.invalid_blocks.count, "invalid blocks");
  add(report.invalid_records.count, "invalid records");
  add(report.invalid_source.count, "defects of the other topic");
  add(report.wrong_positions.count, "wrong positions");
  add(report.wrong_gaps.count, "wrong gaps");
  return text;
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
  append_finding("defects of the other topic", report.invalid_source, out);
  append_finding("wrong positions", report.wrong_positions, out);
  append_finding("wrong gaps", report.wrong_gaps, out);
  for (std::string const& note : report.notes) out += "note: " + note + "\n";
  out += verdict_text(report) + "\n";
  return out;
}

}  // namespace k2::verify
