// A report as a document: headings, paragraphs, tables and plots, before it is Markdown or HTML.
// Pure.
#pragma once

#include "tools/report/judge.hpp"

#include <string>
#include <vector>

namespace k2::report {

struct Cell {
  std::string text;
  /// The outcome for its colour and tick; kNone for plain text.
  Outcome outcome = Outcome::kNone;

  Cell(std::string said) : text(std::move(said)) {}
  Cell(char const* said) : text(said) {}
  Cell(std::string said, Outcome meaning) : text(std::move(said)), outcome(meaning) {}
};

struct Table {
  std::vector<std::string> header;
  std::vector<std::vector<Cell>> rows;
};

struct Section {
  std::string title;
  /// Above its tables.
  std::vector<std::string> paragraphs{};
  std::vector<Table> tables{};
  /// Figures as SVG; only on the page.
  std::vector<std::string> plots{};
};

struct Document {
  std::string title;
  Verdict verdict = Verdict::kNotApproved;
  /// The lines under the title: content, time, source.
  std::vector<std::string> facts{};
  /// The most important numbers, with their outcome.
  std::vector<std::pair<std::string, Cell>> figures{};
  std::vector<std::string> reasons{};
  std::vector<Section> sections{};
};

/// The subject of a report.
struct Subject {
  Span span;
  std::string server;
  Selection selection;
  /// Time and version of its creation.
  double made_at_s = 0;
  std::string version;
};

[[nodiscard]] Document document_of(Subject const& subject,
                                   std::vector<InstanceFacts> const& instances,
                                   Judgement const& judgement, Limits const& limits,
                                   std::vector<VerifyResult> const& verified);

[[nodiscard]] std::string markdown_of(Document const& document);
/// One file: no script, no network.
[[nodiscard]] std::string html_of(Document const& document);
/// Facts and judgement as one JSON object.
[[nodiscard]] std::string json_of(Subject const& subject,
                                  std::vector<InstanceFacts> const& instances,
                                  Judgement const& judgement);
/// The checklist of the period's last day, for a terminal.
[[nodiscard]] std::string checklist_of(Subject const& subject,
                                       std::vector<InstanceFacts> const& instances,
                                       Judgement const& judgement, Limits const& limits);

[[nodiscard]] std::string_view outcome_name(Outcome outcome) noexcept;
[[nodiscard]] std::string_view outcome_mark(Outcome outcome) noexcept;

}  // namespace k2::report
