#include "watch/status_json.hpp"

#include "watch/health.hpp"

#include <nlohmann/json.hpp>

namespace k2::watch {
namespace {

using Json = nlohmann::ordered_json;

double epoch_seconds(UtcTime time) {
  return Seconds{time.time_since_epoch()}.count();
}

Json counts(CountsBy const& by) {
  Json object = Json::object();
  for (auto const& [label, count] : by) object[std::string{label}] = count;
  return object;
}

Json line_json(LineSnapshot const& line) {
  return {{"id", line.id},
          {"place", line.place},
          {"state", line.state},
          {"successor", line.successor},
          {"endpoint", line.endpoint},
          {"streams", line.streams},
          {"age_s", line.age.count()},
          {"silent_s", line.silent.count()},
          {"rotates_in_s", line.rotates_in.count()}};
}

Json links_json(Links const& links) {
  Json lines = Json::array();
  for (LineSnapshot const& line : links.lines) lines.push_back(line_json(line));
  return {
      {"live", links.live},
      {"lines", std::move(lines)},
      {"rotations", counts(links.rotations)},
      {"reconnects", counts(links.reconnects)},
      {"errors", counts(links.errors)},
      {"attempts", links.attempts},
      {"tls_verified", links.tls_verified},
      {"ping_round_trip_s", links.round_trip.count()},
      {"clock_offset_s", links.clock_offset ? Json(links.clock_offset->count()) : Json()},
      {"last_message_at", links.last_message ? Json(epoch_seconds(*links.last_message)) : Json()}};
}

Json gaps_json(std::vector<GapSnapshot> const& gaps) {
  Json array = Json::array();
  for (GapSnapshot const& gap : gaps) {
    array.push_back({{"symbol", gap.symbol},
                     {"first", value(gap.ids.first)},
                     {"last", value(gap.ids.last)},
                     {"state", gap.state}});
  }
  return array;
}

Json symbols_json(std::vector<SymbolSnapshot> const& symbols) {
  Json array = Json::array();
  for (SymbolSnapshot const& symbol : symbols) {
    array.push_back({{"symbol", symbol.symbol},
                     {"tape_generation", symbol.generation},
                     {"halted", symbol.halted},
                     {"received", symbol.received},
                     {"per_second", symbol.per_second},
                     {"last_id", symbol.last ? Json(value(*symbol.last)) : Json()},
                     {"missing", symbol.missing},
                     {"quiet_s", symbol.quiet.count()}});
  }
  return array;
}

Json tape_json(Tape const& tape) {
  return {{"whole", tape.missing_in_holes + tape.missing_declared == 0},
          {"accepted", tape.accepted},
          {"per_second", tape.per_second},
          {"duplicates_dropped", tape.duplicates},
          {"backfilled", tape.backfilled},
          {"late", tape.late},
          {"forgotten", tape.forgotten},
          {"holes", tape.holes},
          {"missing_in_holes", tape.missing_in_holes},
          {"missing_declared", tape.missing_declared},
          {"gaps_declared", tape.gaps_declared},
          {"gap_changes", counts(tape.gap_changes)},
          {"gaps", gaps_json(tape.gaps)},
          {"waiting", tape.waiting},
          {"waiting_limit", tape.waiting_limit},
          {"admitting", tape.admitting},
          {"dead_letters", tape.dead_letters},
          {"audit_minutes", counts(tape.audit_minutes)}};
}

Json journal_json(JournalSnapshot const& journal) {
  return {{"commits", journal.commits},
          {"commit_s_total", std::chrono::duration<double>{journal.commit_time}.count()},
          {"failures", journal.failures},
          {"failing", journal.failing},
          {"waiting_trades", journal.waiting_trades},
          {"bytes", journal.bytes},
          {"disk_free_bytes", journal.disk_free}};
}

Json kafka_json(std::optional<KafkaSnapshot> const& kafka) {
  if (!kafka) return {};
  return {{"produced", kafka->produced},        {"delivery_failures", kafka->failures},
          {"lag_records", kafka->lag_records},  {"lag_s", kafka->lag.count()},
          {"delivery_failing", kafka->failing}, {"fenced", kafka->fenced},
          {"group_member", kafka->member},      {"owned_partitions", kafka->owned},
          {"rebalances", kafka->rebalances}};
}

Json process_json(Process const& process) {
  return {{"started_at", epoch_seconds(process.started)},
          {"cpu_s", process.cpu.count()},
          {"rss_bytes", process.rss_bytes},
          {"vms_bytes", process.vms_bytes},
          {"allocated_bytes", process.allocated_bytes},
          {"leak_score", process.leak_score},
          {"leak_mb_per_hour", process.leak_mb_per_hour}};
}

}  // namespace

std::string status_json(Snapshot const& snapshot, MonoTime now) {
  Json status{{"version", snapshot.version},
              {"at", epoch_seconds(snapshot.at.utc)},
              {"alive", is_alive(snapshot, now)},
              {"unready", unready_reasons(snapshot, now)},
              {"tape", tape_json(snapshot.tape)},
              {"links", links_json(snapshot.links)},
              {"rest",
               {{"requests", snapshot.rest.requests},
                {"request_errors", snapshot.rest.errors},
                {"weight_used", snapshot.rest.weight_used},
                {"weight_limit", snapshot.rest.weight_limit},
                {"blocked", snapshot.rest.blocked}}},
              {"journal", journal_json(snapshot.journal)},
              {"kafka", kafka_json(snapshot.kafka)},
              {"process", process_json(snapshot.process)},
              {"symbols", symbols_json(snapshot.tape.symbols)}};
  // The page stays valid for any bytes of an endpoint or symbol.
  return status.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace k2::watch
