#include "app/cmd_report.hpp"

#include "app/flags.hpp"
#include "app/version.hpp"
#include "core/iso_time.hpp"
#include "feed/endpoint.hpp"
#include "io/clock.hpp"
#include "io/line_file.hpp"
#include "io/output_file.hpp"
#include "tools/report/document.hpp"
#include "tools/report/prometheus.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace k2::app {
namespace {

constexpr int kExitNotApproved = 3;
constexpr int kExitRollback = 4;

constexpr char const* kAbout =
    "Judge days of a stream from the metrics that a Prometheus server kept";

constexpr char const* kMeaning =
    R"(The verdict follows from named criteria and rollback triggers (docs/validation.md). What was
measured for less than 99 % of the period is unknown, and unknown is never APPROVED. The report goes
to standard output as Markdown, with --json as one JSON object, with --daily as the checklist of the
last day.
Exit code: 0 APPROVED, 3 NOT APPROVED (or unknown), 4 ROLLBACK; 1 when the server cannot be queried
or a file not be written, 2 for wrong usage.)";

struct Arguments {
  std::string prometheus = "http://127.0.0.1:9090";
  report::Selection selection;
  std::string from;
  std::string to;
  int days = 7;
  bool daily = false;
  bool json = false;
  std::string html;
  std::string markdown;
  std::vector<std::string> verified;
  std::vector<std::string> headers;
  std::string custom_ca_bundle;
  report::Limits limits;
};

double seconds_of(UtcTime time) {
  return std::chrono::duration<double>{time.time_since_epoch()}.count();
}

double instant_of(std::string const& flag, std::string const& text) {
  auto const time = parse_iso_time(text);
  if (!time) throw CLI::ValidationError{flag, time.error().to_string()};
  return seconds_of(*time);
}

report::Span span_of(Arguments const& arguments) {
  auto const now = std::chrono::floor<std::chrono::minutes>(io::read_clock().utc);
  report::Span span;
  span.to_s = arguments.to.empty() ? seconds_of(now) : instant_of("--to", arguments.to);
  int const days = arguments.daily ? 1 : arguments.days;
  span.from_s = arguments.from.empty() ? span.to_s - days * report::kDaySeconds
                                       : instant_of("--from", arguments.from);
  if (span.seconds() < 3'600) throw CLI::ValidationError{"--from", "an hour before --to at least"};
  return span;
}

std::vector<report::VerifyResult> read_verified(std::vector<std::string> const& paths) {
  std::vector<report::VerifyResult> results;
  for (std::string const& path : paths) {
    auto file = io::LineFile::open(path);
    std::string text;
    std::string_view line;
    while (file) {
      auto const more = file->next(line);
      if (!more || !*more) break;
      text.append(line).append("\n");
    }
    results.push_back(report::parse_verify(path, text));
  }
  return results;
}

bool write(std::string const& path, std::string const& text) {
  if (path.empty()) return true;
  auto file = io::OutputFile::open(path);
  Result<void> done;
  if (!file) {
    done = file.error();
  } else {
    done = file->write(text);
    if (done) done = file->commit();
  }
  if (!done) std::cerr << "k2 report: " << done.error().to_string() << '\n';
  return done.has_value();
}

int exit_code_of(report::Verdict verdict) {
  switch (verdict) {
    case report::Verdict::kApproved:
      return kExitDone;
    case report::Verdict::kNotApproved:
      return kExitNotApproved;
    case report::Verdict::kRollback:
      return kExitRollback;
  }
  return kExitFailed;
}

int run(Arguments const& arguments) {
  auto const endpoint = feed::Endpoint::parse(arguments.prometheus);
  if (!endpoint) throw CLI::ValidationError{"--prometheus", endpoint.error().to_string()};
  report::Subject const subject{.span = span_of(arguments),
                                .server = arguments.prometheus,
                                .selection = arguments.selection,
                                .made_at_s = seconds_of(io::read_clock().utc),
                                .version = version_text()};
  io::HttpsClientOptions server{.endpoints = {*endpoint},
                                .custom_ca_bundle = arguments.custom_ca_bundle,
                                .headers = arguments.headers,
                                .timeout = std::chrono::seconds{120},
                                .body_bytes_max = std::size_t{64} << 20};
  auto const answers = report::ask_prometheus(std::move(server), subject.selection, subject.span);
  if (!answers) {
    std::cerr << "k2 report: " << subject.server << ": " << answers.error().to_string()
              << "; name the server with --prometheus\n";
    return kExitFailed;
  }
  auto const verified = read_verified(arguments.verified);
  auto const instances = report::measure(*answers, subject.span);
  auto const judgement = report::judge(instances, verified, answers->warnings, arguments.limits);
  auto const document =
      report::document_of(subject, instances, judgement, arguments.limits, verified);
  if (!write(arguments.html, report::html_of(document)) ||
      !write(arguments.markdown, report::markdown_of(document))) {
    return kExitFailed;
  }
  if (arguments.json) {
    std::cout << report::json_of(subject, instances, judgement);
  } else if (arguments.daily) {
    std::cout << report::checklist_of(subject, instances, judgement, arguments.limits);
  } else {
    std::cout << report::markdown_of(document);
  }
  return exit_code_of(judgement.verdict);
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
  auto* const command = app.add_subcommand("report", kAbout);
  command->footer(kMeaning);
  auto const arguments = std::make_shared<Arguments>();
  Arguments& a = *arguments;
  command->add_option("--prometheus", a.prometheus, "URL of the Prometheus server")
      ->capture_default_str();
  command->add_option("--job", a.selection.job, "The job of the series")->capture_default_str();
  command->add_option("--instance", a.selection.instance, "A regular expression of instances")
      ->capture_default_str();
  auto* const from = command->add_option("--from", a.from, "Start of the period, ISO 8601, UTC");
  command->add_option("--to", a.to, "End of the period (default: now)");
  auto* const days = command->add_option("--days", a.days, "Length of the period in days")
                         ->check(CLI::Range(1, 31))
                         ->capture_default_str()
                         ->excludes(from);
  command->add_flag("--daily", a.daily, "Print the checklist of the last 24 hours")
      ->excludes(from)
      ->excludes(days);
  command->add_flag("--json", a.json, "Print facts and verdict as one JSON object");
  command->add_option("--html", a.html, "Write the report as one HTML file, with plots");
  command->add_option("--markdown", a.markdown, "Write the report as Markdown");
  command->add_option("--verify", a.verified, "Results of `k2 verify --json` of the same days")
      ->check(CLI::ExistingFile);
  command->add_option("--header", a.headers,
                      "A header line for the server, for example with a token");
  command
      ->add_option("--custom-ca-bundle", a.custom_ca_bundle,
                   "A PEM file of additional certificate authorities")
      ->check(CLI::ExistingFile);
  command->add_option("--rate-min", a.limits.rate_min, "Required trades per second")
      ->capture_default_str();
  command
      ->add_option("--ping-interval-seconds", a.limits.ping_interval_s,
                   "binance.ping_interval_seconds of the stream")
      ->check(CLI::Range(1.0, 600.0))
      ->capture_default_str();
  command->callback([arguments, &exit_code] { exit_code = run(*arguments); });
}

}  // namespace k2::app
