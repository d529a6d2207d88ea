#include "core/iso_time.hpp"
#include "tools/verify/report_columns.hpp"
#include "tools/verify/report_text.hpp"

#include <nlohmann/json.hpp>

namespace k2::verify {
namespace {

using Json = nlohmann::ordered_json;

Json counts_of(SymbolReport const& symbol, Against against) {
  Json json;
  for (auto const& column : kCountColumns) {
    if (is_shown(column.shown, against)) json[column.name] = symbol.*column.number;
  }
  for (auto const& column : kDefectColumns) {
    if (is_shown(column.shown, against)) json[column.name] = (symbol.*column.defect).count();
  }
  return json;
}

Json examples_of(SymbolReport const& symbol) {
  Json json = Json::object();
  for (auto const& column : kDefectColumns) {
    for (IdRange const& ids : (symbol.*column.defect).examples()) {
      json[column.name].push_back({value(ids.first), value(ids.last)});
    }
  }
  return json;
}

Json time_of(std::optional<UtcTime> time) {
  return time ? Json(print_iso_time(*time)) : Json{};
}

Json end_of(CoverageEnd const& end) {
  return end.id ? Json(value(*end.id)) : Json{};
}

Json coverage_of(Coverage const& coverage, Against against) {
  auto const from = [against](CoverageEnd const& end) {
    return end.from == "source" ? std::string{against_name(against)} : end.from;
  };
  return {{"first", end_of(coverage.first)}, {"first_from", from(coverage.first)},
          {"last", end_of(coverage.last)},   {"last_from", from(coverage.last)},
          {"read", coverage.read},           {"in_open_gaps", coverage.open},
          {"unchecked", coverage.unchecked}};
}

Json finding_of(Finding const& finding) {
  return {{"count", finding.count}, {"examples", finding.examples}};
}

}  // namespace

std::string report_json(Report const& report, std::string const& version) {
  Against const against = report.against;
  Json json;
  json["clean"] = report.clean();
  json["outcome"] = outcome_name(report.outcome());
  json["verdict"] = verdict_text(report);
  json["version"] = version;
  json["against"] = against_name(report.against);
  json["asked"] = {
      {"since", report.asked.since == UtcTime::min() ? Json{} : time_of(report.asked.since)},
      {"until", report.asked.until == UtcTime::max() ? Json{} : time_of(report.asked.until)},
      {"accept_declared", report.asked.accept_declared},
      {"from_first_stored", report.asked.from_first_stored},
      {"to_last_stored", report.asked.to_last_stored}};
  // When the first and the last of the trades that were checked were matched.
  json["period"] = {{"first_trade", time_of(report.first_time)},
                    {"last_trade", time_of(report.last_time)}};
  json["tapes"] = report.symbols.size();
  json["total"] = counts_of(report.total, against);
  json["symbols"] = Json::array();
  for (SymbolReport const& symbol : report.symbols) {
    Json line{{"symbol", symbol.symbol}};
    line.update(counts_of(symbol, against));
    line["coverage"] = coverage_of(symbol.coverage, against);
    line["examples"] = examples_of(symbol);
    json["symbols"].push_back(std::move(line));
  }
  json["blocks"] = report.blocks;
  json["declared_gaps"] = {{"open", report.gaps.open},
                           {"repaired", report.gaps.repaired},
                           {"venue", report.gaps.venue},
                           {"elsewhere", report.gaps.elsewhere}};
  json["dead_letters"] = report.dead_letters;
  json["invalid_blocks"] = finding_of(report.invalid_blocks);
  json["invalid_records"] = finding_of(report.invalid_records);
  json["invalid_source"] = finding_of(report.invalid_source);
  json["wrong_positions"] = finding_of(report.wrong_positions);
  json["wrong_gaps"] = finding_of(report.wrong_gaps);
  json["unread"] = finding_of(report.unread);
  json["notes"] = report.notes;
  // In ASCII: what a text holds must not reach a terminal as it is.
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

}  // namespace k2::verify
