#include "core/iso_time.hpp"
#include "tools/report/document.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cmath>

namespace k2::report {
namespace {

using Json = nlohmann::ordered_json;

Json of(Measured value) {
  return value ? Json(*value) : Json(nullptr);
}

std::string time_of(double at_s) {
  return print_iso_time(UtcTime{std::chrono::seconds{std::llround(at_s)}});
}

Json facts_json(Facts const& facts) {
  Json json{{"from", time_of(facts.span.from_s)},
            {"to", time_of(facts.span.to_s)},
            {"observed", facts.observed},
            {"uptime", of(facts.uptime)},
            {"restarts", facts.restarts},
            {"rss_bytes_max", of(facts.rss_most)},
            {"rss_bytes_rise_24h", of(facts.rss_rise)},
            {"rss_bytes_slope_a_day", of(facts.rss_slope_a_day)},
            {"leak_score_max", of(facts.leak_score)},
            {"rate_avg", of(facts.rate)},
            {"rate_p99", of(facts.rate_p99)},
            {"connections", of(facts.lines)},
            {"rotations", of(facts.rotations)},
            {"rotations_by_reason", facts.rotations_by},
            {"reconnects", of(facts.reconnects)},
            {"reconnects_by_reason", facts.reconnects_by},
            {"connection_attempts", of(facts.attempts)},
            {"connection_errors", facts.errors_by},
            {"tls_failures", of(facts.tls_failures)},
            {"pings", of(facts.pings)},
            {"pong_timeouts", of(facts.pong_timeouts)},
            {"pong_seconds_p50", of(facts.pong_p50)},
            {"pong_seconds_p99", of(facts.pong_p99)},
            {"pong_seconds_max", of(facts.pong_most)}};
  Json stages = Json::object();
  for (auto const& [stage, latency] : facts.stages) {
    stages[stage] = {{"p50", of(latency.p50)}, {"p99", of(latency.p99)}};
  }
  json["stage_seconds"] = std::move(stages);
  json.update(Json{{"trades_accepted", of(facts.accepted)},
                   {"trades_backfilled", of(facts.backfilled)},
                   {"trades_late", of(facts.late)},
                   {"ids_missing_max", of(facts.missing_most)},
                   {"ids_missing_at_end", of(facts.declared_at_end)},
                   {"gap_changes", facts.gap_changes},
                   {"audit_minutes_complete", of(facts.audit_complete)},
                   {"audit_minutes_incomplete", of(facts.audit_incomplete)},
                   {"audit_doubled_ids", of(facts.doubled)},
                   {"dead_letters", of(facts.dead_letters)},
                   {"kafka_produced", of(facts.kafka_produced)},
                   {"kafka_errors", of(facts.kafka_errors)},
                   {"kafka_lag_seconds_max", of(facts.kafka_lag_most_s)},
                   {"critical_alerts", of(facts.critical_alerts)},
                   {"warning_alerts", of(facts.warning_alerts)}});
  return json;
}

Json criteria_json(std::vector<Criterion> const& criteria) {
  Json list = Json::array();
  for (Criterion const& one : criteria) {
    list.push_back({{"name", one.name},
                    {"limit", one.limit},
                    {"measured", one.measured},
                    {"measured_share", one.share},
                    {"outcome", outcome_name(one.outcome)}});
  }
  return list;
}

Json instance_json(InstanceFacts const& facts, InstanceJudgement const& judged) {
  Json days = Json::array();
  for (Facts const& day : facts.days) days.push_back(facts_json(day));
  Json alerts = Json::array();
  for (Firing const& one : facts.firings) {
    alerts.push_back({{"at", time_of(one.at_s)},
                      {"alert", one.alert},
                      {"severity", one.severity},
                      {"seconds", one.lasted_s}});
  }
  return {{"instance", facts.name},
          {"versions", facts.versions},
          {"criteria", criteria_json(judged.criteria)},
          {"triggers", criteria_json(judged.triggers)},
          {"whole", facts_json(facts.whole)},
          {"days", std::move(days)},
          {"alerts", std::move(alerts)}};
}

}  // namespace

std::string json_of(Subject const& subject, std::vector<InstanceFacts> const& instances,
                    Judgement const& judgement) {
  Json json{{"verdict", verdict_name(judgement.verdict)},
            {"reasons", judgement.reasons},
            {"from", time_of(subject.span.from_s)},
            {"to", time_of(subject.span.to_s)},
            {"server", subject.server},
            {"verify", criteria_json({judgement.verify})[0]}};
  json["instances"] = Json::array();
  for (std::size_t at = 0; at < instances.size(); ++at) {
    json["instances"].push_back(instance_json(instances[at], judgement.instances[at]));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace k2::report
