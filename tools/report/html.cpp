#include "tools/plot/line_chart.hpp"
#include "tools/report/document.hpp"

#include <array>
#include <string_view>

namespace k2::report {
namespace {

using plot::html_text;

/// A page that is read on a screen, in the light and in the dark, and signed on paper.
constexpr std::string_view kStyle = R"(
:root { --ground: #f6f7f9; --card: #fff; --ink: #16202c; --quiet: #5d6b7a; --edge: #d9dfe6;
  --good: #11804a; --bad: #c62828; --wait: #8a6100; --first: #1f6feb; --second: #b35900; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f141a; --card: #18202a; --ink: #e6ebf1;
  --quiet: #93a1b0; --edge: #2b3642; --good: #46c07e; --bad: #ff6b6b; --wait: #e0b04a;
  --first: #6ea8ff; --second: #ffb065; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.2rem; background: var(--ground);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1, h2, p, ul { margin: 0; }
h1 { font-size: 1.1rem; font-weight: 600; color: var(--quiet); }
h2 { font-size: 1.1rem; margin-bottom: .4rem; }
header { border-left: .5rem solid var(--tone); background: var(--card); border-radius: .4rem;
  padding: 1rem 1.2rem; box-shadow: 0 0 0 1px var(--edge); }
header .verdict { font-size: 2.4rem; font-weight: 700; line-height: 1.2; color: var(--tone); }
header ul { color: var(--quiet); padding: 0; list-style: none; font-size: .9rem; }
header .reasons { color: var(--ink); margin-top: .8rem; padding-left: 1.2rem; list-style: disc;
  font-size: 1rem; }
.approved { --tone: var(--good); } .not-approved { --tone: var(--wait); }
.rollback { --tone: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr));
  gap: .6rem; margin-top: .8rem; }
.figures div, section { background: var(--card); border: 1px solid var(--edge);
  border-radius: .4rem; padding: .6rem .9rem; }
.figures dt { color: var(--quiet); font-size: .82rem; }
.figures dd { margin: 0; font-size: 1.35rem; font-weight: 600; font-variant-numeric: tabular-nums; }
section { margin-top: .9rem; padding: .9rem 1.1rem; overflow-x: auto; }
section p { color: var(--quiet); margin-bottom: .5rem; max-width: 60rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem;
  margin-bottom: .5rem; width: 100%; }
th { text-align: left; color: var(--quiet); font-weight: 500; }
th, td { padding: .28rem .8rem .28rem 0; border-bottom: 1px solid var(--edge);
  vertical-align: top; }
.tables { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr));
  gap: 0 2rem; align-items: start; }
.wide td:not(:first-child), .wide th:not(:first-child) { text-align: right; white-space: nowrap;
  padding-right: .4rem; padding-left: .4rem; }
.wide td:first-child { white-space: nowrap; }
.wide { font-size: .82rem; }
.pass { color: var(--good); } .fail { color: var(--bad); font-weight: 650; }
.unknown { color: var(--wait); font-weight: 650; }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr));
  gap: .8rem 1.4rem; }
figure { margin: 0; } figcaption { font-size: .88rem; font-weight: 500; }
svg { display: block; width: 100%; height: auto; color: var(--quiet); }
.signatures td { height: 2.6rem; }
@media print { :root { --ground: #fff; --card: #fff; --ink: #000; --quiet: #444; --edge: #bbb; }
  body { font-size: 11px; padding: 0; max-width: none; }
  section, .figures div, tr, figure { break-inside: avoid; }
  .verdict, .pass, .fail, .unknown { print-color-adjust: exact; } }
)";

constexpr std::array<std::string_view, 4> kClasses{"pass", "fail", "unknown", ""};

std::string cell_of(Cell const& cell) {
  auto const name = kClasses[static_cast<std::size_t>(cell.outcome)];
  std::string out = "<td";
  if (!name.empty()) out.append(" class=\"").append(name).append("\"");
  return out + ">" + html_text(cell.text) + "</td>";
}

std::string table_of(Table const& table, bool wide) {
  std::string out = wide ? "<table class=\"wide\"><thead><tr>" : "<table><thead><tr>";
  for (std::string const& name : table.header) out += "<th>" + html_text(name) + "</th>";
  out += "</tr></thead><tbody>\n";
  for (auto const& row : table.rows) {
    out += "<tr>";
    for (Cell const& cell : row) out += cell_of(cell);
    out += "</tr>\n";
  }
  return out + "</tbody></table>\n";
}

std::string section_of(Section const& section) {
  bool const to_sign = section.title == "Signatures";
  std::string out = to_sign ? "<section class=\"signatures\">" : "<section>";
  out += "<h2>" + html_text(section.title) + "</h2>\n";
  for (std::string const& paragraph : section.paragraphs) {
    out += "<p>" + html_text(paragraph) + "</p>\n";
  }
  bool const several = section.tables.size() > 1;
  if (several) out += "<div class=\"tables\">";
  for (Table const& table : section.tables) out += table_of(table, table.header.size() > 4);
  if (several) out += "</div>";
  if (!section.plots.empty()) {
    out += "<div class=\"plots\">\n";
    for (std::string const& plot : section.plots) out += plot;
    out += "</div>";
  }
  return out + "</section>\n";
}

std::string_view tone_of(Verdict verdict) {
  constexpr std::array<std::string_view, 3> kTones{"approved", "not-approved", "rollback"};
  return kTones[static_cast<std::size_t>(verdict)];
}

std::string list_of(std::vector<std::string> const& lines, std::string_view attributes) {
  if (lines.empty()) return {};
  std::string out = "<ul" + std::string{attributes} + ">";
  for (std::string const& line : lines) out += "<li>" + html_text(line) + "</li>\n";
  return out + "</ul>\n";
}

}  // namespace

std::string html_of(Document const& document) {
  std::string const verdict{verdict_name(document.verdict)};
  std::string out =
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width\">"
      "<link rel=\"icon\" href=\"data:,\"><title>";
  out += html_text(document.title + ": " + verdict) + "</title><style>";
  out.append(kStyle).append("</style></head>\n<body class=\"").append(tone_of(document.verdict));
  out += "\">\n<header><h1>" + html_text(document.title) + "</h1><div class=\"verdict\">" +
         verdict + "</div>\n" + list_of(document.facts, "") +
         list_of(document.reasons, " class=\"reasons\"") + "</header>\n<dl class=\"figures\">";
  for (auto const& [name, cell] : document.figures) {
    auto const tone = kClasses[static_cast<std::size_t>(cell.outcome)];
    out += "<div><dt>" + html_text(name) + "</dt><dd class=\"" + std::string{tone} + "\">" +
           html_text(cell.text) + "</dd></div>\n";
  }
  out += "</dl>\n";
  for (Section const& section : document.sections) out += section_of(section);
  return out + "</body></html>\n";
}

}  // namespace k2::report
