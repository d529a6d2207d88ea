#include "tools/report/document.hpp"

namespace k2::report {
namespace {

/// A cell may not end its column.
std::string escaped(std::string const& text) {
  std::string out;
  for (char const c : text) {
    if (c == '|') out.push_back('\\');
    out.push_back(c == '\n' ? ' ' : c);
  }
  return out;
}

std::string row_of(std::vector<std::string> const& cells) {
  std::string line = "|";
  for (std::string const& cell : cells) line += " " + cell + " |";
  return line + "\n";
}

std::string table_of(Table const& table) {
  std::vector<std::string> rule(table.header.size(), "---");
  std::string out = row_of(table.header) + row_of(rule);
  for (auto const& row : table.rows) {
    std::vector<std::string> cells;
    for (Cell const& cell : row) {
      bool const wrong = cell.outcome == Outcome::kFail || cell.outcome == Outcome::kUnknown;
      std::string const text = escaped(cell.text);
      cells.push_back(wrong && !text.empty() ? "**" + text + "**" : text);
    }
    out += row_of(cells);
  }
  return out + "\n";
}

}  // namespace

std::string markdown_of(Document const& document) {
  std::string out =
      "# " + document.title + ": " + std::string{verdict_name(document.verdict)} + "\n\n";
  for (std::string const& fact : document.facts) out += "- " + fact + "\n";
  out += "\n";
  if (!document.reasons.empty()) {
    out += "Why it is not approved:\n\n";
    for (std::string const& reason : document.reasons) out += "- " + reason + "\n";
    out += "\n";
  }
  for (Section const& section : document.sections) {
    // Plots are the page's.
    if (section.paragraphs.empty() && section.tables.empty()) continue;
    out += "## " + section.title + "\n\n";
    for (std::string const& paragraph : section.paragraphs) out += paragraph + "\n\n";
    for (Table const& table : section.tables) out += table_of(table);
  }
  return out;
}

}  // namespace k2::report
