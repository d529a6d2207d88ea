#include "tools/report/document.hpp"

#include "tools/report/plots.hpp"
#include "tools/report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

namespace k2::report {
namespace {

/// Source: the alert BinanceMemoryHigh.
constexpr double kMemoryAlertMb = 400;
/// Longer lists are cut, and say so.
constexpr std::size_t kFiringsMax = 40;

Cell outcome_cell(Outcome outcome) {
  return {std::string{outcome_name(outcome)}, outcome};
}

Cell fired_cell(Outcome outcome) {
  if (outcome == Outcome::kFail) return {"FIRED", outcome};
  return {outcome == Outcome::kPass ? "clear" : "unknown", outcome};
}

std::vector<Cell> row_of(Criterion const& one, Cell result) {
  bool const none = one.outcome == Outcome::kNone;
  return {Cell{one.name}, Cell{one.limit}, Cell{one.measured},
          Cell{none ? "-" : percent_text(one.share, 1)}, std::move(result)};
}

Section criteria_section(InstanceJudgement const& judged) {
  Section section{.title = "Criteria", .paragraphs = {"All must pass for an approval."}};
  Table table{.header = {"criterion", "required", "measured", "of the time", "result"}, .rows = {}};
  for (Criterion const& one : judged.criteria) {
    table.rows.push_back(row_of(one, outcome_cell(one.outcome)));
  }
  section.tables.push_back(std::move(table));
  return section;
}

Section triggers_section(InstanceJudgement const& judged) {
  Section section{
      .title = "Rollback triggers",
      .paragraphs = {"One that fires is enough: docs/validation.md has the procedure."}};
  Table table{.header = {"trigger", "fires at", "measured", "of the time", "result"}, .rows = {}};
  for (Criterion const& one : judged.triggers) {
    table.rows.push_back(row_of(one, fired_cell(one.outcome)));
  }
  section.tables.push_back(std::move(table));
  return section;
}

/// A line of the table of days: what it shows, how, and which criterion colours it.
struct DayRow {
  char const* name;
  char const* criterion;
  std::function<std::string(Facts const&)> text;
};

std::string per_line(Measured count, Facts const& facts) {
  if (!count || !facts.lines || *facts.lines <= 0) return "-";
  return fmt::format("{:.1f}", *count / *facts.lines);
}

std::string stage_text(Facts const& facts, char const* stage) {
  auto const found = facts.stages.find(stage);
  return found == facts.stages.end() ? "-" : maybe(found->second.p99, seconds_text);
}

std::vector<DayRow> const& day_rows() {
  static std::vector<DayRow> const rows{
      {"observed", "observed", [](Facts const& f) { return percent_text(f.observed, 1); }},
      {"uptime", "uptime", [](Facts const& f) { return maybe(f.uptime, percent_text, 3); }},
      {"restarts", "", [](Facts const& f) { return std::to_string(f.restarts); }},
      {"resident memory, most", "", [](Facts const& f) { return maybe(f.rss_most, mb_text); }},
      {"memory, largest rise in 24 h", "memory",
       [](Facts const& f) { return maybe(f.rss_rise, mb_text); }},
      {"trades a second, average", "rate",
       [](Facts const& f) { return maybe(f.rate, decimal_text, 1); }},
      {"trades a second, p99", "",
       [](Facts const& f) { return maybe(f.rate_p99, decimal_text, 1); }},
      {"rotations a connection", "rotations",
       [](Facts const& f) { return per_line(f.rotations, f); }},
      {"pings a connection", "pings", [](Facts const& f) { return per_line(f.pings, f); }},
      {"unplanned reconnects", "reconnects",
       [](Facts const& f) { return maybe(f.reconnects, count_text); }},
      {"critical alerts", "alerts",
       [](Facts const& f) { return maybe(f.critical_alerts, count_text); }},
      {"warnings", "", [](Facts const& f) { return maybe(f.warning_alerts, count_text); }},
      {"pong, p50", "", [](Facts const& f) { return maybe(f.pong_p50, seconds_text); }},
      {"pong, p99", "", [](Facts const& f) { return maybe(f.pong_p99, seconds_text); }},
      {"exchange to receipt, p99", "",
       [](Facts const& f) { return stage_text(f, "exchange_receive"); }},
      {"receipt to accepted, p99", "",
       [](Facts const& f) { return stage_text(f, "receive_accepted"); }},
      {"receipt to durable, p99", "",
       [](Facts const& f) { return stage_text(f, "receive_journal"); }},
      {"trades accepted", "", [](Facts const& f) { return maybe(f.accepted, count_text); }},
      {"fetched by repair", "", [](Facts const& f) { return maybe(f.backfilled, count_text); }},
      {"minutes complete", "integrity",
       [](Facts const& f) { return maybe(f.audit_complete, count_text); }},
      {"minutes incomplete", "integrity",
       [](Facts const& f) { return maybe(f.audit_incomplete, count_text); }},
      {"ids missing at the end", "integrity",
       [](Facts const& f) { return maybe(f.declared_at_end, count_text); }},
      {"TLS failures of attempts", "",
       [](Facts const& f) {
         return maybe(f.tls_failures, count_text) + " of " + maybe(f.attempts, count_text);
       }},
      {"behind in Kafka, most", "delivery",
       [](Facts const& f) { return maybe(f.kafka_lag_most_s, seconds_text); }},
  };
  return rows;
}

Section days_section(InstanceFacts const& instance, Limits const& limits) {
  Section section{.title = "Day by day",
                  .paragraphs = {"Each column is 24 hours from the time in its head, UTC; the last "
                                 "one is the whole period."}};
  Table table{.header = {""}, .rows = {}};
  std::vector<Facts const*> columns;
  for (Facts const& day : instance.days) {
    table.header.push_back(day_text(day.span.from_s));
    columns.push_back(&day);
  }
  table.header.emplace_back("in all");
  columns.push_back(&instance.whole);
  std::vector<InstanceJudgement> judged;
  for (Facts const* facts : columns) judged.push_back(judge_day(instance, *facts, limits));
  for (DayRow const& row : day_rows()) {
    std::vector<Cell> cells{Cell{row.name}};
    for (std::size_t at = 0; at < columns.size(); ++at) {
      Cell cell{row.text(*columns[at])};
      auto const& criteria = judged[at].criteria;
      auto const found = std::ranges::find(criteria, row.criterion, &Criterion::name);
      // Only what is wrong needs a colour here.
      if (found != criteria.end() && found->outcome != Outcome::kPass) {
        cell.outcome = found->outcome;
      }
      cells.push_back(std::move(cell));
    }
    table.rows.push_back(std::move(cells));
  }
  section.tables.push_back(std::move(table));
  return section;
}

Table counts_table(char const* what, By const& by) {
  Table table{.header = {what, "count"}, .rows = {}};
  for (auto const& [label, count] : by)
    table.rows.push_back({Cell{label}, Cell{count_text(count)}});
  if (by.empty()) table.rows.push_back({Cell{"none"}, Cell{"0"}});
  return table;
}

Section connections_section(Facts const& whole) {
  return {
      .title = "Connections",
      .paragraphs = {fmt::format("{} were attempted. A rotation replaces a connection without a "
                                 "moment's loss; a reconnect is unplanned.",
                                 maybe(whole.attempts, count_text))},
      .tables = {counts_table("rotations by reason", whole.rotations_by),
                 counts_table("reconnects by reason", whole.reconnects_by),
                 counts_table("connection errors", whole.errors_by)},
      .plots = {}};
}

Section latency_section(Facts const& whole) {
  Section section{.title = "Latency", .paragraphs = {}};
  Table table{.header = {"stage", "p50", "p99"}, .rows = {}};
  for (auto const& [stage, latency] : whole.stages) {
    table.rows.push_back({Cell{stage}, Cell{maybe(latency.p50, seconds_text)},
                          Cell{maybe(latency.p99, seconds_text)}});
  }
  table.rows.push_back({Cell{"ping to pong"}, Cell{maybe(whole.pong_p50, seconds_text)},
                        Cell{maybe(whole.pong_p99, seconds_text)}});
  section.tables.push_back(std::move(table));
  section.paragraphs.push_back(
      "exchange_receive includes the difference of the two clocks; receive_accepted is long for "
      "trades that waited for a backfill. Quantiles of stages are read from buckets that double.");
  return section;
}

Section gaps_section(Facts const& whole) {
  auto const change = [&](char const* state) {
    auto const found = whole.gap_changes.find(state);
    return count_text(found == whole.gap_changes.end() ? 0 : found->second);
  };
  return {
      .title = "Gaps and their repair",
      .paragraphs = {fmt::format(
          "{} trades were fetched by repair, {} of them after their gap had been declared. "
          "Declared gaps: {} opened, {} repaired, {} that the exchange itself lacks. At most {} "
          "ids were missing at one look; {} are missing at the end. Dead letters: {}.",
          maybe(whole.backfilled, count_text), maybe(whole.late, count_text), change("open"),
          change("repaired"), change("venue"), maybe(whole.missing_most, count_text),
          maybe(whole.declared_at_end, count_text), maybe(whole.dead_letters, count_text))},
      .tables = {},
      .plots = {}};
}

Section alerts_section(InstanceFacts const& instance) {
  Section section{.title = "Alerts", .paragraphs = {}};
  if (!instance.whole.critical_alerts) {
    section.paragraphs.emplace_back(
        "The rules of ops/prometheus were not evaluated in this period: k2:reconnects:increase1d "
        "has no samples. Nobody knows whether an alert would have fired.");
    return section;
  }
  if (instance.firings.empty()) {
    section.paragraphs.emplace_back("None fired.");
    return section;
  }
  Table table{.header = {"began", "alert", "severity", "for"}, .rows = {}};
  for (Firing const& one : instance.firings) {
    if (table.rows.size() == kFiringsMax) break;
    bool const critical = one.severity == "critical";
    table.rows.push_back({Cell{time_text(one.at_s)}, Cell{one.alert},
                          Cell{one.severity, critical ? Outcome::kFail : Outcome::kNone},
                          Cell{seconds_text(one.lasted_s)}});
  }
  if (instance.firings.size() > kFiringsMax) {
    section.paragraphs.push_back(
        fmt::format("{} fired; the first {}:", instance.firings.size(), kFiringsMax));
  }
  section.tables.push_back(std::move(table));
  return section;
}

void add_instance(InstanceFacts const& instance, InstanceJudgement const& judged,
                  Limits const& limits, bool named, Document& document) {
  Facts const& whole = instance.whole;
  std::string const prefix = named ? instance.name + ": " : std::string{};
  std::vector<Section> sections{criteria_section(judged),
                                triggers_section(judged),
                                {.title = "Plots",
                                 .paragraphs = {},
                                 .tables = {},
                                 .plots = plots_svg(instance, kMemoryAlertMb)},
                                days_section(instance, limits),
                                connections_section(whole),
                                latency_section(whole),
                                gaps_section(whole),
                                alerts_section(instance)};
  for (Section& section : sections) {
    section.title = prefix + section.title;
    document.sections.push_back(std::move(section));
  }
  std::string versions;
  for (auto const& version : instance.versions)
    versions += (versions.empty() ? "" : ", ") + version;
  document.facts.push_back(fmt::format("{}: version {}, {} restart{}", instance.name,
                                       versions.empty() ? "unknown" : versions, whole.restarts,
                                       whole.restarts == 1 ? "" : "s"));
  auto const outcome_of = [&](char const* name) {
    auto const found = std::ranges::find(judged.criteria, name, &Criterion::name);
    return found == judged.criteria.end() ? Outcome::kUnknown : found->outcome;
  };
  auto const figure = [&](char const* what, std::string text, char const* criterion) {
    document.figures.emplace_back(prefix + what, Cell{std::move(text), outcome_of(criterion)});
  };
  figure("uptime", maybe(whole.uptime, percent_text, 3), "uptime");
  figure("trades a second", maybe(whole.rate, decimal_text, 1), "rate");
  figure("largest rise of memory in 24 h", maybe(whole.rss_rise, mb_text), "memory");
  figure("trades accepted", maybe(whole.accepted, count_text), "integrity");
  figure("minutes incomplete", maybe(whole.audit_incomplete, count_text), "integrity");
  figure("unplanned reconnects", maybe(whole.reconnects, count_text), "reconnects");
  figure("critical alerts", maybe(whole.critical_alerts, count_text), "alerts");
}

Section verify_section(Judgement const& judgement, std::vector<VerifyResult> const& verified) {
  Section section{.title = "Independent verification", .paragraphs = {}};
  if (verified.empty()) {
    section.paragraphs.emplace_back(
        "No result of `k2 verify --json` was joined (--verify FILE). The audit's minutes above are "
        "the exchange's own count, compared live.");
    return section;
  }
  Table table{.header = {"result", "held against", "trades stored", "verdict"}, .rows = {}};
  for (VerifyResult const& one : verified) {
    Outcome const outcome = !one.readable ? Outcome::kUnknown
                            : one.clean   ? Outcome::kPass
                                          : Outcome::kFail;
    table.rows.push_back({Cell{one.name}, Cell{one.against},
                          Cell{count_text(static_cast<double>(one.stored))},
                          Cell{one.readable ? one.verdict : "no result of verify", outcome}});
  }
  section.tables.push_back(std::move(table));
  section.paragraphs.push_back("Together: " + std::string{outcome_name(judgement.verify.outcome)} +
                               ".");
  return section;
}

Section signature_section() {
  Table table{.header = {"", "name", "date", "signature"}, .rows = {}};
  table.rows.push_back({Cell{"checked by (engineer)"}, Cell{""}, Cell{""}, Cell{""}});
  table.rows.push_back({Cell{"decided by (manager)"}, Cell{""}, Cell{""}, Cell{""}});
  return {.title = "Signatures",
          .paragraphs = {"How each number is measured: docs/validation.md."},
          .tables = {std::move(table)},
          .plots = {}};
}

}  // namespace

std::string_view outcome_name(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, 4> kNames{"pass", "FAIL", "unknown", "not applicable"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view outcome_mark(Outcome outcome) noexcept {
  constexpr std::array<std::string_view, 4> kMarks{"[x]", "[ ]", "[?]", "[-]"};
  return kMarks[static_cast<std::size_t>(outcome)];
}

Document document_of(Subject const& subject, std::vector<InstanceFacts> const& instances,
                     Judgement const& judgement, Limits const& limits,
                     std::vector<VerifyResult> const& verified) {
  Document document{.title = "K2 validation report", .verdict = judgement.verdict};
  document.facts = {
      fmt::format("{} to {} UTC, {:.3g} days", time_text(subject.span.from_s),
                  time_text(subject.span.to_s), subject.span.seconds() / kDaySeconds),
      fmt::format("from {}, job {}, instances {}", subject.server, subject.selection.job,
                  subject.selection.instance),
      fmt::format("made {} UTC by {}", time_text(subject.made_at_s), subject.version)};
  document.reasons = judgement.reasons;
  for (std::size_t at = 0; at < instances.size(); ++at) {
    add_instance(instances[at], judgement.instances[at], limits, instances.size() > 1, document);
  }
  document.sections.push_back(verify_section(judgement, verified));
  document.sections.push_back(signature_section());
  return document;
}

}  // namespace k2::report
