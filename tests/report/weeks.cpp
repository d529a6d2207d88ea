// k2-weeks: the week of the simulation as Prometheus would have scraped it, and other weeks made of
// it. Real are the stream's machines, the snapshot of them and the page of metrics; made up are the
// machine's memory and disk, Kafka (machine.hpp), and what goes wrong (variants.hpp). It writes
// OpenMetrics with timestamps, which `promtool tsdb create-blocks-from openmetrics` reads.
#include "tests/report/machine.hpp"
#include "tests/report/variants.hpp"
#include "tests/simulation/oracle_failure.hpp"
#include "tests/simulation/story.hpp"
#include "watch/metrics_page.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdio>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace k2::tests {
namespace {

using std::chrono::minutes;

/// The healthy week has the buckets of the stages, and a scrape each minute; the others have a
/// scrape every two minutes. They would take half a gigabyte.
constexpr std::string_view kWhole = "healthy";

/// A week's series, in a file.
class Week {
 public:
  Week(Variant const& variant, std::set<std::string, std::less<>> const& wanted, std::FILE* file)
      : variant_(variant), machine_(variant.leaked_mb_per_hour), wanted_(wanted), file_(file) {}

  void scrape(Now const& now, std::optional<watch::Snapshot> snapshot) {
    if (began_ == UtcTime{}) began_ = now.utc;
    auto const since = std::chrono::floor<minutes>(now.utc - began_);
    bool const whole = variant_.name == kWhole;
    if (!whole && since.count() % 2 != 0) return;
    auto look = snapshot ? Look::kAnswered : Look::kDown;
    if (snapshot) {
      machine_.show(*snapshot);
      if (auto const changed = variant_.change(*snapshot, since); changed != Look::kAnswered) {
        look = changed;
      }
    }
    if (look == Look::kNobody) return;
    seconds_ = std::chrono::floor<std::chrono::seconds>(now.utc.time_since_epoch()).count();
    text_.clear();
    add("up", "", look == Look::kAnswered ? "1" : "0");
    if (look == Look::kAnswered) add_page(watch::metrics_page(*snapshot), whole);
    std::fwrite(text_.data(), 1, text_.size(), file_);
  }

 private:
  void add(std::string_view name, std::string_view labels, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}{{job=\"k2\",instance=\"{}\"{}{}}} {} {}\n", name,
                   variant_.name, labels.empty() ? "" : ",", labels, value, seconds_);
  }

  void add_page(std::string_view page, bool whole) {
    while (!page.empty()) {
      auto const line = page.substr(0, page.find('\n'));
      page.remove_prefix(line.size() + 1);
      if (line.starts_with('#')) continue;
      auto const name = line.substr(0, line.find_first_of("{ "));
      bool const bucket = name.ends_with("_bucket");
      if (!wanted_.contains(name) || (bucket && !whole)) continue;
      auto const blank = line.rfind(' ');
      auto const brace = line.find('{');
      auto const labels = brace == std::string_view::npos
                              ? std::string_view{}
                              : line.substr(brace + 1, blank - brace - 2);
      add(name, labels, line.substr(blank + 1));
    }
  }

  Variant const& variant_;
  Machine machine_;
  std::set<std::string, std::less<>> const& wanted_;
  std::FILE* file_;
  UtcTime began_{};
  std::int64_t seconds_ = 0;
  std::string text_;
};

int main_of(int count, char** arguments) {
  CLI::App app{"Writes weeks as OpenMetrics with timestamps.", "k2-weeks"};
  std::vector<std::string> files;
  std::vector<std::string> wanted_names;
  bool list = false;
  simulation::StoryOptions options{.trades_per_second = 11};
  app.add_option("--out", files, "Files among which the weeks are dealt out");
  app.add_option("--metric", wanted_names, "The names that are written");
  app.add_option("--days", options.days, "How long a week is");
  app.add_flag("--list", list, "Print the names of the weeks");
  CLI11_PARSE(app, count, arguments);
  if (list) {
    for (Variant const& one : variants()) fmt::print("{}\n", one.name);
    return 0;
  }
  std::set<std::string, std::less<>> const wanted{wanted_names.begin(), wanted_names.end()};
  std::vector<std::FILE*> opened;
  for (std::string const& file : files) opened.push_back(std::fopen(file.c_str(), "w"));
  std::vector<std::unique_ptr<Week>> weeks;
  for (Variant const& one : variants()) {
    weeks.push_back(std::make_unique<Week>(one, wanted, opened[weeks.size() % opened.size()]));
  }
  options.scrape = [&weeks](Now const& now, std::optional<watch::Snapshot> const& snapshot) {
    for (auto const& week : weeks) week->scrape(now, snapshot);
  };
  int code = 0;
  try {
    fmt::print("{}", simulation::tell("week", options));
  } catch (simulation::OracleFailure const& failure) {
    fmt::print("FAILED: {}: {}\n", failure.oracle(), failure.what());
    code = 1;
  }
  for (std::FILE* file : opened) {
    std::fputs("# EOF\n", file);
    std::fclose(file);
  }
  return code;
}

}  // namespace
}  // namespace k2::tests

int main(int count, char** arguments) {
  return k2::tests::main_of(count, arguments);
}
