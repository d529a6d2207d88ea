#include "tools/soak/sample.hpp"

#include "tools/soak/exposition.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

namespace k2::soak {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kLatency = "binance_stage_latency_seconds";

std::uint64_t sum(std::map<std::string, std::uint64_t> const& counts) {
  std::uint64_t all = 0;
  for (auto const& [reason, count] : counts) all += count;
  return all;
}

std::uint64_t count_of(std::map<std::string, std::uint64_t> const& counts, char const* reason) {
  auto const found = counts.find(reason);
  return found == counts.end() ? 0 : found->second;
}

double number(Series const& series, std::string_view name) {
  auto const found = series.find(name);
  return found == series.end() ? 0 : found->second;
}

std::uint64_t count(Series const& series, std::string_view name) {
  return static_cast<std::uint64_t>(number(series, name));
}

void read_links(Json const& links, Sample& sample) {
  links.at("rotations").get_to(sample.rotations);
  links.at("reconnects").get_to(sample.reconnects);
  links.at("ping_round_trip_s").get_to(sample.round_trip_s);
  std::set<std::string> places;
  for (Json const& line : links.at("lines")) {
    auto const place = line.at("place").get<std::string>();
    places.insert(place);
    if (line.at("state").get<std::string>() != "connecting") ++sample.connections;
    if (!place.starts_with("trade") || line.at("successor").get<bool>()) continue;
    sample.connection_age_s = std::max(sample.connection_age_s, line.at("age_s").get<double>());
  }
  sample.places = places.size();
}

void read_tape(Json const& tape, Sample& sample) {
  tape.at("accepted").get_to(sample.accepted);
  tape.at("per_second").get_to(sample.per_second);
  tape.at("backfilled").get_to(sample.backfilled);
  tape.at("duplicates_dropped").get_to(sample.duplicates);
  tape.at("holes").get_to(sample.holes);
  sample.missing_ids = tape.at("missing_in_holes").get<std::uint64_t>() +
                       tape.at("missing_declared").get<std::uint64_t>();
  tape.at("gaps_declared").get_to(sample.gaps_declared);
  tape.at("dead_letters").get_to(sample.dead_letters);
  tape.at("audit_minutes").at("complete").get_to(sample.minutes_complete);
  Json const& minutes = tape.at("audit_minutes");
  sample.minutes_incomplete =
      minutes.at("incomplete").get<std::uint64_t>() - minutes.value("healed", std::uint64_t{0});
}

void read_status(Json const& status, Sample& sample) {
  status.at("at").get_to(sample.at);
  read_tape(status.at("tape"), sample);
  read_links(status.at("links"), sample);
  Json const& journal = status.at("journal");
  journal.at("waiting_trades").get_to(sample.journal_waiting);
  journal.at("bytes").get_to(sample.journal_bytes);
  if (Json const& kafka = status.at("kafka"); kafka.is_object()) {
    kafka.at("lag_records").get_to(sample.kafka_lag_records);
    kafka.at("lag_s").get_to(sample.kafka_lag_s);
  }
  Json const& process = status.at("process");
  process.at("rss_bytes").get_to(sample.rss_bytes);
  process.at("vms_bytes").get_to(sample.vms_bytes);
  process.at("allocated_bytes").get_to(sample.allocated_bytes);
  process.at("leak_score").get_to(sample.leak_score);
  process.at("leak_mb_per_hour").get_to(sample.leak_mb_per_hour);
  process.at("cpu_s").get_to(sample.cpu_s);
}

/// Reads the values that only /metrics has.
void read_metrics(std::string_view metrics, Sample& sample) {
  Series const series = read_series(metrics);
  sample.received = count(series, "binance_frames_total{kind=\"trade\"}");
  sample.pings = count(series, "binance_pings_sent_total");
  sample.pong_timeouts = count(series, "binance_pong_timeouts_total");
  sample.open_fds = count(series, "process_open_fds");
  sample.doubled_ids = count(series, "binance_audit_doubled_ids_total");
  sample.p99_accepted_s = quantile(series, kLatency, "stage=\"receive_accepted\"", 0.99);
  sample.p99_journal_s = quantile(series, kLatency, "stage=\"receive_journal\"", 0.99);
}

Json optional_json(std::optional<double> value) {
  return value ? Json(*value) : Json();
}

std::optional<double> optional_of(Json const& json) {
  if (json.is_null()) return std::nullopt;
  return json.get<double>();
}

/// Every field but the optional ones and `rss_mb`, with its name: one table for both ways.
template <class Visitor, class S>
void each_field(S& sample, Visitor visit) {
  visit("elapsed_s", sample.elapsed_s);
  visit("at", sample.at);
  visit("rss_bytes", sample.rss_bytes);
  visit("vms_bytes", sample.vms_bytes);
  visit("allocated_bytes", sample.allocated_bytes);
  visit("leak_score", sample.leak_score);
  visit("leak_mb_per_hour", sample.leak_mb_per_hour);
  visit("cpu_s", sample.cpu_s);
  visit("open_fds", sample.open_fds);
  visit("received", sample.received);
  visit("accepted", sample.accepted);
  visit("per_second", sample.per_second);
  visit("backfilled", sample.backfilled);
  visit("duplicates", sample.duplicates);
  visit("connection_age_s", sample.connection_age_s);
  visit("connections", sample.connections);
  visit("places", sample.places);
  visit("rotations", sample.rotations);
  visit("reconnects", sample.reconnects);
  visit("pings", sample.pings);
  visit("pong_timeouts", sample.pong_timeouts);
  visit("ping_round_trip_s", sample.round_trip_s);
  visit("holes", sample.holes);
  visit("missing_ids", sample.missing_ids);
  visit("gaps_declared", sample.gaps_declared);
  visit("dead_letters", sample.dead_letters);
  visit("minutes_complete", sample.minutes_complete);
  visit("minutes_incomplete", sample.minutes_incomplete);
  visit("doubled_ids", sample.doubled_ids);
  visit("journal_waiting", sample.journal_waiting);
  visit("journal_bytes", sample.journal_bytes);
  visit("kafka_lag_records", sample.kafka_lag_records);
  visit("kafka_lag_s", sample.kafka_lag_s);
}

}  // namespace

std::uint64_t Sample::drops() const {
  return sum(reconnects);
}

std::uint64_t Sample::rotated() const {
  return count_of(rotations, "rotation");
}

std::uint64_t Sample::shutdowns() const {
  return sum(rotations) - rotated();
}

Result<Sample> read_sample(std::string_view status, std::string_view metrics) {
  auto const json = Json::parse(status, nullptr, false);
  if (json.is_discarded()) return Error{Errc::kJsonSyntax, "/api/status is no JSON"};
  Sample sample;
  try {
    read_status(json, sample);
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kFieldMissing, std::string{"/api/status: "} + wrong.what()};
  }
  read_metrics(metrics, sample);
  return sample;
}

std::string sample_line(Sample const& sample) {
  Json json;
  each_field(sample, [&json](char const* name, auto const& value) { json[name] = value; });
  json["p99_accepted_s"] = optional_json(sample.p99_accepted_s);
  json["p99_journal_s"] = optional_json(sample.p99_journal_s);
  return json.dump();
}

Result<Sample> parse_sample(std::string_view line) {
  auto const json = Json::parse(line, nullptr, false);
  if (json.is_discarded()) return Error{Errc::kJsonSyntax, "a sample is no JSON"};
  Sample sample;
  try {
    each_field(sample, [&json](char const* name, auto& value) { json.at(name).get_to(value); });
    sample.p99_accepted_s = optional_of(json.at("p99_accepted_s"));
    sample.p99_journal_s = optional_of(json.at("p99_journal_s"));
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kFieldMissing, std::string{"a sample: "} + wrong.what()};
  }
  return sample;
}

}  // namespace k2::soak
