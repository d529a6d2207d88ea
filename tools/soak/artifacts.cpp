#include "tools/soak/artifacts.hpp"

#include "tools/soak/statistics.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace k2::soak {
namespace {

using Json = nlohmann::ordered_json;

/// Returns the sample in a form that Python's and JavaScript's parsers both accept.
Json sample_json(Sample const& sample) {
  Json json = Json::parse(sample_line(sample));
  Json whole{{"timestamp", sample.at}, {"rss_mb", sample.rss_mb()}};
  json.erase("at");
  whole.update(json);
  return whole;
}

Json metadata(Record const& record) {
  Json json{{"test", "binance soak"},
            {"profile", record.setup.plan.profile},
            {"compress", record.setup.plan.compress},
            {"planned_seconds", Seconds{record.setup.plan.run_duration()}.count()},
            {"run_seconds", record.elapsed_s},
            {"began_at", record.setup.began_at},
            {"version", record.setup.version},
            {"stopped_early", record.stopped_early}};
  for (auto const& [name, text] : description(record)) json["description"][name] = text;
  return json;
}

Json verdict_json(Verdict const& verdict) {
  Json json{{"pass", verdict.pass()},
            {"outcome", outcome_name(verdict.outcome())},
            {"failed", verdict.failed()},
            {"criteria", Json::array()}};
  for (Criterion const& one : verdict.criteria) {
    json["criteria"].push_back({{"name", one.name},
                                {"meaning", one.meaning},
                                {"limit", one.limit},
                                {"measured", one.measured},
                                {"pass", one.pass},
                                {"outcome", outcome_name(one)}});
  }
  return json;
}

void append_criteria(Verdict const& verdict, std::string& out) {
  for (Criterion const& one : verdict.criteria) {
    out +=
        fmt::format("{} {:<18} {:<24} {}\n", outcome_name(one), one.name, one.limit, one.measured);
  }
}

}  // namespace

std::string verdict_line(Verdict const& verdict) {
  auto const outcome = outcome_name(verdict.outcome());
  if (verdict.pass()) return std::string{outcome};
  return fmt::format("{}: {}", outcome, fmt::join(verdict.failed(), ", "));
}

std::string memory_profile_json(Record const& record, Verdict const& verdict) {
  Json json{{"test_metadata", metadata(record)}, {"summary_statistics", Json::object()}};
  for (Statistic const& one : summary_statistics(record)) {
    json["summary_statistics"][std::string{one.name}] = one.value;
  }
  json["verdict"] = verdict_json(verdict);
  json["verify"] = Json::array();
  for (Verified const& one : record.verified) {
    json["verify"].push_back(
        {{"command", one.command},
         {"clean", one.clean},
         {"unknown", one.unknown},
         {"verdict", one.verdict},
         {"open_gap_ids", one.open_gap_ids ? Json(*one.open_gap_ids) : Json()}});
  }
  json["events"] = Json::array();
  for (Event const& event : record.events) {
    json["events"].push_back({{"timestamp", event.at},
                              {"elapsed_s", event.elapsed_s},
                              {"what", event.what},
                              {"detail", event.detail}});
  }
  json["memory_samples"] = Json::array();
  for (Sample const& sample : record.samples) json["memory_samples"].push_back(sample_json(sample));
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string report_text(Record const& record, Verdict const& verdict) {
  std::string out = fmt::format("K2 soak test: {}\n\n", verdict_line(verdict));
  append_criteria(verdict, out);
  out += "\nWhat was run\n";
  for (auto const& [name, text] : description(record)) {
    out += fmt::format("  {:<16} {}\n", name, text);
  }
  out += "\nIn numbers\n";
  for (Statistic const& one : summary_statistics(record)) {
    out += fmt::format("  {:<26} {:.6g}\n", one.name, one.value);
  }
  out += "\nVerified\n";
  for (Verified const& one : record.verified) {
    out += fmt::format("  {}\n    {}\n", one.command, one.verdict);
  }
  if (record.verified.empty()) out += "  nothing was\n";
  out += "\nEvents\n";
  for (Event const& event : record.events) {
    out += fmt::format("  {:>9.1f} s  {}: {}\n", event.elapsed_s, event.what, event.detail);
  }
  if (record.events.empty()) out += "  none\n";
  out += "\nMeanings\n";
  for (Criterion const& one : verdict.criteria) {
    out += fmt::format("  {:<18} {}\n", one.name, one.meaning);
  }
  return out;
}

}  // namespace k2::soak
