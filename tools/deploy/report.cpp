#include "tools/deploy/report.hpp"

#include "core/duration.hpp"
#include "core/iso_time.hpp"
#include "tools/deploy/progress_fields.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

namespace k2::deploy {
namespace {

std::string moment(UtcTime time) {
  return print_iso_time(std::chrono::floor<std::chrono::milliseconds>(time)).substr(0, 19) + "Z";
}

double seconds(UtcTime from, UtcTime to) {
  return std::chrono::duration<double>{to - from}.count();
}

/// Returns the time between two moments, empty when one of them is missing.
std::string span_text(std::optional<UtcTime> from, std::optional<UtcTime> to) {
  if (!from || !to) return {};
  return fmt::format("{:.1f} s", seconds(*from, *to));
}

void add_line(std::string& text, char const* what, std::string const& value) {
  if (!value.empty()) text += fmt::format("| {} | {} |\n", what, value);
}

void add_proofs(std::string& text, char const* title, std::vector<Proof> const& proofs) {
  if (proofs.empty()) return;
  text += fmt::format(
      "\n## {}\n| what | clean | published | stored | missing | duplicate | out of order | altered "
      "| "
      "unexpected |\n| --- | --- | --: | --: | --: | --: | --: | --: | --: |\n",
      title);
  for (Proof const& one : proofs) {
    text += fmt::format("| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", one.what,
                        one.clean ? "yes" : "NO", one.published, one.stored, one.missing,
                        one.duplicate, one.out_of_order, one.altered, one.unexpected);
  }
  for (Proof const& one : proofs) {
    text += fmt::format("\n{}: {}\n\n    {}\n", one.what, one.verdict, one.command);
  }
}

std::string instance_text(Instance const& one) {
  if (one.program.empty()) return {};
  return fmt::format("`{}`, `{}`, data in `{}`", one.program, one.config, one.data_dir);
}

std::string state_word(State state) {
  switch (state) {
    case State::kDone:
      return "DEPLOYED";
    case State::kRolledBack:
      return "ROLLED BACK";
    case State::kRefused:
      return "REFUSED";
    case State::kFailed:
      return "FAILED";
    default:
      return fmt::format("in progress: {}", state_name(state));
  }
}

}  // namespace

std::string step_line(Step const& step) {
  return fmt::format("{} {:11} {}", moment(step.at).substr(11, 8), state_name(step.state),
                     step.text);
}

std::string verdict_line(Progress const& progress) {
  auto text = state_word(progress.state);
  auto const& unknown = progress.watched.alerts_unknown;
  if (progress.state == State::kDone && !unknown.empty()) text += ", alerts UNKNOWN: " + unknown;
  if (progress.state != State::kDone && !progress.why.empty()) text += ": " + progress.why;
  return text;
}

std::string paper_text(Settings const& settings) {
  Periods const& periods = settings.periods;
  Limits const& limits = settings.limits;
  auto const instance = [](Instance const& one) {
    return fmt::format("{}, {}, {}", one.program, one.config, one.data_dir);
  };
  std::string text =
      settings.runtime == RuntimeKind::kProcess
          ? fmt::format("blue:  {}\ngreen: {}\n", instance(settings.blue), instance(settings.green))
          : fmt::format("blue:  the container of {}\ngreen: another one, of {}\n",
                        settings.containers.service, settings.containers.image);
  text += settings.kafka()
              ? fmt::format("topic: {}, {} partitions{}\n\n", settings.topic.name,
                            settings.topic.partitions,
                            settings.shadow() ? ", shadow " + settings.topic.shadow : std::string{})
              : "sink:  the two journals\n\n";
  auto const line = [&text](State state, std::string const& more) {
    text += fmt::format("{:12} {}{}{}\n", state_name(state), state_meaning(state),
                        more.empty() ? "" : "; ", more);
  };
  auto const at_most = [](Span span) { return "at most " + format_duration(span); };
  auto const watched = fmt::format(
      "a probe every {}; rollback when green ends or restarts, declares a gap, has an incomplete "
      "minute or a dead letter, or grows by more than {:g} MB; rollback after {} when it is "
      "not ready, does not answer, is more than {:g} s behind{}",
      format_duration(periods.probe), limits.memory_growth_mb, format_duration(periods.grace),
      limits.lag_s, settings.prometheus.empty() ? "" : ", or an alert fires that did not before");
  line(State::kPreparing, "");
  line(State::kStarting, "");
  line(State::kReadying, at_most(periods.ready));
  line(State::kDual, format_duration(periods.dual) + "; " + watched);
  line(State::kDiffing, "up to " + format_duration(periods.settle) + " before");
  if (settings.shadow()) {
    line(State::kPromoting, at_most(periods.stop));
    line(State::kJoining, at_most(periods.ready));
  }
  line(State::kCutting, at_most(periods.stop));
  line(State::kTakingOver, at_most(periods.takeover));
  line(State::kValidating, format_duration(periods.validate) + "; the same");
  line(State::kVerifying, "");
  line(State::kDone, "");
  text += "\nany check that fails:\n";
  line(State::kRestoring, at_most(periods.ready));
  line(State::kWithdrawing, at_most(periods.stop));
  line(State::kReturning, at_most(periods.ready));
  line(State::kChecking, "");
  line(State::kRolledBack, "");
  return text;
}

std::string report_markdown(Settings const& settings, Progress const& progress) {
  std::string text =
      fmt::format("# K2 deploy: {}\n\n| | |\n| --- | --- |\n", verdict_line(progress));
  Watched const& watched = progress.watched;
  add_line(text, "blue", instance_text(settings.blue));
  add_line(text, "green", instance_text(settings.green));
  add_line(text, "green's image", settings.containers.image);
  add_line(text, "topic", settings.topic.name);
  add_line(text, "shadow topic", settings.topic.shadow);
  add_line(text, "by", settings.version);
  add_line(text, "began", moment(progress.began));
  if (progress.ended) add_line(text, "ended", moment(*progress.ended));
  add_line(text, "dual operation", span_text(progress.dual_from, progress.dual_until));
  add_line(text, "from the SIGTERM to blue until green had everything",
           span_text(progress.cut_at, progress.taken_over_at));
  if (progress.taken_over_at) {
    add_line(text, "trades fetched over REST for it",
             std::to_string(watched.backfilled_after -
                            std::min(watched.backfilled_after, watched.backfilled_at_cut)));
    add_line(text, "validation", span_text(progress.taken_over_at, progress.validated_until));
  }
  add_line(text, "rollback: from the decision until blue had everything",
           span_text(progress.rollback_at, progress.back_at));
  if (watched.probes > 0) {
    add_line(text, "green's memory",
             fmt::format("{:.1f} MB settled, {:.1f} MB at most, in {} probes",
                         watched.rss_settled_mb, watched.rss_max_mb, watched.probes));
    if (settings.kafka()) {
      add_line(text, "green's lag at most", fmt::format("{:.2f} s", watched.lag_max_s));
    }
  }
  if (!settings.prometheus.empty()) {
    add_line(text, "alerts",
             watched.alerts_unknown.empty() ? std::string{"none that did not fire before"}
                                            : "UNKNOWN: " + watched.alerts_unknown);
  }
  add_proofs(text, "Blue and green compared, by ids", progress.diff);
  add_proofs(text, "The whole period, by ids", progress.whole);
  add_proofs(text, "After the rollback, by ids", progress.back);
  text += "\n## Steps\n```\n";
  for (Step const& step : progress.steps) text += step_line(step) + "\n";
  return text + "```\n";
}

std::string report_json(Settings const& settings, Progress const& progress) {
  Json json{{"verdict", verdict_line(progress)},
            {"deployed", progress.state == State::kDone},
            {"alerts_unknown", progress.watched.alerts_unknown},
            {"settings", Json::parse(settings_json(settings))}};
  auto const add_span = [&json](char const* name, auto from, auto to) {
    json[name] = from && to ? Json(seconds(*from, *to)) : Json();
  };
  add_span("dual_s", progress.dual_from, progress.dual_until);
  add_span("cutover_s", progress.cut_at, progress.taken_over_at);
  add_span("validation_s", progress.taken_over_at, progress.validated_until);
  add_span("rollback_s", progress.rollback_at, progress.back_at);
  json["progress"] = fields_json(progress);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace k2::deploy
