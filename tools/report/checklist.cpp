#include "tools/report/document.hpp"
#include "tools/report/text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace k2::report {
namespace {

/// Adds a line. For a trigger, the tick means that it did not fire.
void add_line(Criterion const& one, bool trigger, std::string& out) {
  fmt::format_to(std::back_inserter(out), "{} {:<15} {}  ({}{})\n", outcome_mark(one.outcome),
                 one.name, one.measured, trigger ? "rollback: " : "", one.limit);
}

}  // namespace

std::string checklist_of(Subject const& subject, std::vector<InstanceFacts> const& instances,
                         Judgement const& judgement, Limits const& limits) {
  std::string out = fmt::format("K2 daily checklist, {} to {} UTC: {}\n",
                                time_text(subject.span.to_s - kDaySeconds),
                                time_text(subject.span.to_s), verdict_name(judgement.verdict));
  for (InstanceFacts const& instance : instances) {
    auto const judged = judge_day(instance, instance.days.back(), limits);
    out += "\n" + instance.name + "\n";
    for (Criterion const& one : judged.criteria) add_line(one, false, out);
    for (Criterion const& one : judged.triggers) add_line(one, true, out);
    Facts const& day = instance.days.back();
    fmt::format_to(std::back_inserter(out),
                   "    pong p99 {}, receipt to durable p99 {}, {} restarts, {} dead letters\n",
                   maybe(day.pong_p99, seconds_text),
                   day.stages.contains("receive_journal")
                       ? maybe(day.stages.at("receive_journal").p99, seconds_text)
                       : "-",
                   day.restarts, maybe(day.dead_letters, count_text));
    for (Firing const& one : instance.firings) {
      out += fmt::format("    {} {} ({}) for {}\n", time_text(one.at_s), one.alert, one.severity,
                         seconds_text(one.lasted_s));
    }
  }
  out += "\n";
  add_line(judgement.verify, false, out);
  for (std::string const& reason : judgement.reasons) out += "! " + reason + "\n";
  return out;
}

}  // namespace k2::report
