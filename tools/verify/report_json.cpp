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

Json finding_of(Finding const& finding) {
  return {{"count", finding.count}, {"examples", finding.examples}};
}

}  // namespace

std::string report_json(Report const& report) {
  Against const against = report.against;
  Json json;
  json["clean"] = report.clean();
  json["verdict"] = verdict_text(report);
  json["against"] = against_name(report.against);
  json["total"] = counts_of(report.total, against);
  json["symbols"] = Json::array();
  for (SymbolReport const& symbol : report.symbols) {
    Json line{{"symbol", symbol.symbol}};
    line.update(counts_of(symbol, against));
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
  if (against == Against::kTopic) json["invalid_source"] = finding_of(report.invalid_source);
  json["wrong_positions"] = finding_of(report.wrong_positions);
  json["wrong_gaps"] = finding_of(report.wrong_gaps);
  json["notes"] = report.notes;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace k2::verify
