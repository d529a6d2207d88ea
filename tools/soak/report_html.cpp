// The report with plots, as one file.
#include "tools/plot/line_chart.hpp"
#include "tools/soak/artifacts.hpp"
#include "tools/soak/statistics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace k2::soak {
namespace {

using plot::html_text;

/// Chosen: the status page's colours, so that the two look like one thing.
constexpr std::string_view kStyle = R"(
:root { --ground: #f6f7f9; --card: #fff; --ink: #16202c; --quiet: #5d6b7a; --edge: #d9dfe6;
  --good: #11804a; --bad: #c62828; --first: #1f6feb; --second: #b35900; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f141a; --card: #18202a; --ink: #e6ebf1; --quiet: #93a1b0; --edge: #2b3642;
    --good: #46c07e; --bad: #ff6b6b; --first: #6ea8ff; --second: #ffb065; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem; background: var(--ground);
  color: var(--ink); font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .6rem; }
h2 { font-size: 1.05rem; margin: 1.2rem 0 .5rem; }
.good { color: var(--good); } .bad { color: var(--bad); }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--edge);
  border-radius: .5rem; padding: .6rem .8rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0; }
th { color: var(--quiet); font-weight: 400; }
td { overflow-wrap: anywhere; }
#criteria td:nth-child(-n+2) { white-space: nowrap; }
#plots { display: grid; gap: .6rem;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 30rem), 1fr)); }
figure { margin: 0; background: var(--card); border: 1px solid var(--edge); border-radius: .5rem;
  padding: .6rem .8rem; }
figcaption { color: var(--quiet); font-size: .85rem; }
svg { width: 100%; height: auto; }
)";

using Value = std::function<double(Sample const&)>;

/// A time axis in hours when there are some, otherwise in minutes.
struct TimeAxis {
  double seconds = 60;
  std::string unit = "minutes of this run";
};

plot::Line line_of(Record const& record, TimeAxis const& axis, char const* name,
                   Value const& value) {
  plot::Line line{.name = name, .points = {}};
  for (Sample const& sample : record.samples) {
    line.points.push_back({.x = sample.elapsed_s / axis.seconds, .y = value(sample)});
  }
  return line;
}

std::string plots(Record const& record) {
  TimeAxis axis;
  if (record.elapsed_s >= 3 * 3600) axis = {.seconds = 3600, .unit = "hours of this run"};
  auto const draw = [&](char const* title, std::vector<std::pair<char const*, Value>> const& lines,
                        std::optional<double> limit = {}) {
    plot::LineChart chart{.title = title, .x_unit = axis.unit, .lines = {}, .limit = limit};
    for (auto const& [name, value] : lines) {
      chart.lines.push_back(line_of(record, axis, name, value));
    }
    return plot::line_chart_svg(chart);
  };
  auto const ms = [](std::optional<double> seconds) { return 1000 * seconds.value_or(0); };
  std::string out = "<section id=\"plots\">\n";
  out +=
      draw("memory, MB",
           {{"resident", &Sample::rss_mb},
            {"given out by the allocator",
             [](Sample const& s) { return static_cast<double>(s.allocated_bytes) / (1 << 20); }}},
           kHardLimitMb);
  out += draw("trades accepted a second", {{"rate", &Sample::per_second}});
  out += draw("age of the connection, s", {{"age", &Sample::connection_age_s}});
  out += draw("99th percentile since the start, ms",
              {{"received to accepted", [&](Sample const& s) { return ms(s.p99_accepted_s); }},
               {"received to journal", [&](Sample const& s) { return ms(s.p99_journal_s); }}});
  out += draw(
      "records waiting",
      {{"for the journal", [](Sample const& s) { return static_cast<double>(s.journal_waiting); }},
       {"for Kafka", [](Sample const& s) { return static_cast<double>(s.kafka_lag_records); }}});
  out += draw("ids missing at the moment",
              {{"missing", [](Sample const& s) { return static_cast<double>(s.missing_ids); }}});
  out += draw("replaced connections, sum",
              {{"rotations", [](Sample const& s) { return static_cast<double>(s.rotated()); }},
               {"unplanned", [](Sample const& s) { return static_cast<double>(s.drops()); }}});
  // Compressed, an hour of this run means nothing: there is no limit to compare it with.
  bool const compressed = record.setup.plan.compress > 1;
  out += draw("leak score of the stream, per hour of this run", {{"score", &Sample::leak_score}},
              compressed ? std::nullopt : std::optional{0.5});
  return out + "</section>\n";
}

std::string criteria_table(Verdict const& verdict) {
  std::string out =
      "<div class=\"wide\"><table id=\"criteria\"><tr><th></th><th>criterion</th><th>limit</th>"
      "<th>measured</th><th>meaning</th></tr>\n";
  for (Criterion const& one : verdict.criteria) {
    out += fmt::format(
        "<tr class=\"criterion\"><td class=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td>"
        "<td>{}</td></tr>\n",
        one.pass ? "good" : "bad", outcome_name(one), one.name, html_text(one.limit),
        html_text(one.measured), html_text(one.meaning));
  }
  return out + "</table></div>\n";
}

/// Two columns: name and text.
std::string table(std::vector<std::pair<std::string, std::string>> const& rows) {
  std::string out = "<div class=\"wide\"><table>\n";
  for (auto const& [name, text] : rows) {
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", html_text(name), html_text(text));
  }
  return out + "</table></div>\n";
}

}  // namespace

std::string report_html(Record const& record, Verdict const& verdict) {
  std::vector<std::pair<std::string, std::string>> numbers;
  for (Statistic const& one : summary_statistics(record)) {
    numbers.emplace_back(one.name, fmt::format("{:.6g}", one.value));
  }
  std::vector<std::pair<std::string, std::string>> verified;
  for (Verified const& one : record.verified) verified.emplace_back(one.command, one.verdict);
  std::vector<std::pair<std::string, std::string>> events;
  for (Event const& event : record.events) {
    events.emplace_back(fmt::format("{:.1f} s", event.elapsed_s), event.what + ": " + event.detail);
  }
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
      "<title>K2 soak test: {0}</title><style>{1}</style></head><body>\n"
      "<h1>K2 soak test {2}: <span id=\"verdict\" class=\"{3}\">{0}</span></h1>\n{4}{5}"
      "<h2>What was run</h2>{6}<h2>In numbers</h2>{7}<h2>Verified</h2>{8}<h2>Events</h2>{9}"
      "</body></html>\n",
      verdict_line(verdict), kStyle, html_text(record.setup.plan.profile),
      verdict.pass() ? "good" : "bad", criteria_table(verdict), plots(record),
      table(description(record)), table(numbers), table(verified), table(events));
}

}  // namespace k2::soak
