#include "watch/metrics_page.hpp"

#include "watch/exposition.hpp"

#include <fmt/format.h>

#include <map>

namespace k2::watch {
namespace {

double epoch_seconds(UtcTime time) {
  return Seconds{time.time_since_epoch()}.count();
}

double epoch_seconds(std::optional<UtcTime> time) {
  return time ? epoch_seconds(*time) : 0;
}

void add_by(Exposition& page, MetricName name, CountsBy const& counts) {
  for (auto const& [label, count] : counts) page.add(name, count, {label});
}

void add_lines(Exposition& page, Links const& links) {
  page.add("binance_connection_status", links.live ? 1 : 0);
  std::map<std::pair<std::string_view, std::string_view>, std::uint64_t> by_state;
  for (std::string_view const state : {"connecting", "proving", "live"}) by_state[{"trade", state}];
  for (LineSnapshot const& line : links.lines) ++by_state[{line.kind, line.state}];
  for (auto const& [key, count] : by_state) {
    page.add("binance_lines", count, {key.first, key.second});
  }
  for (LineSnapshot const& line : links.lines) {
    if (line.successor) continue;
    page.add("binance_connection_lifetime_seconds", line.age.count(), {line.place});
  }
  page.add("binance_connection_lifetime_limit_seconds", links.lifetime_limit.count());
  page.add("binance_connection_attempts_total", links.attempts);
  add_by(page, "binance_connection_errors_total", links.errors);
  add_by(page, "binance_connection_rotations_total", links.rotations);
  add_by(page, "binance_reconnects_total", links.reconnects);
  page.add("binance_reconnect_delay_seconds", links.reconnect_delay.count());
  page.add("binance_last_message_timestamp_seconds", epoch_seconds(links.last_message));
}

void add_received(Exposition& page, Snapshot const& snapshot) {
  if (snapshot.per_symbol) {
    for (SymbolSnapshot const& symbol : snapshot.tape.symbols) {
      page.add("binance_messages_received_total", symbol.received, {symbol.symbol});
    }
    return;
  }
  std::uint64_t all = 0;
  for (SymbolSnapshot const& symbol : snapshot.tape.symbols) all += symbol.received;
  page.add("binance_messages_received_total", all, {""});
}

void add_frames(Exposition& page, Links const& links) {
  add_by(page, "binance_frames_total", links.frames);
  page.add("binance_message_errors_total", links.frame_errors);
  page.add("binance_received_bytes_total", links.bytes);
  page.add("binance_pings_sent_total", links.pings);
  page.add("binance_pongs_received_total", links.pongs);
  page.add("binance_pong_timeouts_total", links.pong_timeouts);
  page.add("binance_last_pong_timestamp_seconds", epoch_seconds(links.last_pong));
  page.add("binance_ping_round_trip_seconds", links.round_trip.count());
  page.add("binance_tls_verification_enabled", links.tls_verified ? 1 : 0);
}

void add_runners(Exposition& page, std::vector<RunnerSnapshot> const& runners) {
  auto const each = [&](MetricName name, std::uint64_t RunnerSnapshot::* count) {
    for (std::size_t at = 0; at < runners.size(); ++at) {
      page.add(name, runners[at].*count, {std::to_string(at)});
    }
  };
  each("binance_line_firsts_total", &RunnerSnapshot::firsts);
  each("binance_line_duplicates_total", &RunnerSnapshot::seconds);
  each("binance_line_lost_trades_total", &RunnerSnapshot::lost);
  for (std::size_t at = 0; at < runners.size(); ++at) {
    page.add_sum("binance_line_lead_seconds", runners[at].leads, runners[at].lead_total,
                 {std::to_string(at)});
  }
}

void add_latency(Exposition& page, Snapshot const& snapshot) {
  if (snapshot.links.clock_offset) {
    page.add("binance_clock_offset_seconds", snapshot.links.clock_offset->count());
  }
  constexpr MetricName kLatency{"binance_stage_latency_seconds"};
  page.add(kLatency, snapshot.tape.exchange_receive, {"exchange_receive"});
  page.add(kLatency, snapshot.tape.receive_accepted, {"receive_accepted"});
  page.add(kLatency, snapshot.journal.receive_durable, {"receive_journal"});
  if (snapshot.kafka) page.add(kLatency, snapshot.kafka->receive_committed, {"receive_kafka"});
}

void add_tape(Exposition& page, Tape const& tape) {
  page.add("tape_symbols", tape.symbols.size());
  page.add("tape_accepted_trades_total", tape.accepted);
  page.add("tape_duplicates_dropped_total", tape.duplicates);
  page.add("tape_backfilled_trades_total", tape.backfilled);
  page.add("tape_late_trades_total", tape.late);
  page.add("tape_forgotten_trades_total", tape.forgotten);
  page.add("tape_ids_restarted", tape.restarted);
  page.add("tape_suspect_trades_total", tape.suspects);
  page.add("tape_implausible_trades_total", tape.implausible);
  page.add("tape_holes", tape.holes);
  page.add("tape_missing_ids", tape.missing_in_holes, {"hole"});
  page.add("tape_missing_ids", tape.missing_declared, {"declared"});
  page.add("tape_gaps_declared_total", tape.gaps_declared);
  add_by(page, "tape_gap_changes_total", tape.gap_changes);
  page.add("tape_waiting_trades", tape.waiting);
  page.add("tape_waiting_trades_limit", tape.waiting_limit);
  page.add("tape_admitting", tape.admitting ? 1 : 0);
  page.add("tape_dead_letters_total", tape.dead_letters);
  page.add("tape_dead_letters_dropped_total", tape.dead_letters_dropped);
}

void add_symbols(Exposition& page, Snapshot const& snapshot) {
  if (!snapshot.per_symbol) return;
  for (SymbolSnapshot const& symbol : snapshot.tape.symbols) {
    if (symbol.last) page.add("tape_last_trade_id", value(*symbol.last), {symbol.symbol});
  }
  for (SymbolSnapshot const& symbol : snapshot.tape.symbols) {
    page.add("tape_symbol_missing_ids", symbol.missing, {symbol.symbol});
  }
}

void add_rest(Exposition& page, Rest const& rest) {
  page.add("rest_requests_total", rest.requests);
  page.add("rest_errors_total", rest.errors);
  page.add("rest_weight_used", rest.weight_used);
  page.add("rest_weight_limit", rest.weight_limit);
  page.add("rest_blocked", rest.blocked ? 1 : 0);
}

void add_journal(Exposition& page, JournalSnapshot const& journal) {
  page.add_sum("journal_commit_seconds", journal.commits, journal.commit_time);
  page.add("journal_commit_failures_total", journal.failures);
  page.add("journal_retired_blocks_total", journal.retired_blocks);
  page.add("journal_retired_trades_total", journal.retired_trades);
  page.add("journal_retired_dead_letters_total", journal.retired_letters);
  page.add("journal_failing", journal.failing ? 1 : 0);
  page.add("journal_lost", journal.lost ? 1 : 0);
  page.add("journal_waiting_batches", journal.waiting_batches);
  page.add("journal_waiting_trades", journal.waiting_trades);
  page.add("journal_bytes", journal.bytes);
  page.add("journal_disk_free_bytes", journal.disk_free);
  page.add("journal_disk_size_bytes", journal.disk_size);
}

void add_kafka(Exposition& page, KafkaSnapshot const& kafka) {
  page.add("kafka_messages_produced_total", kafka.produced);
  page.add("kafka_produce_errors_total", kafka.failures);
  page.add("kafka_commits_total", kafka.commits);
  page.add("kafka_aborts_total", kafka.aborts);
  page.add("kafka_producers_replaced_total", kafka.producers_replaced);
  page.add("kafka_transaction_records_limit", kafka.transaction_limit);
  page.add("kafka_delivery_failing", kafka.failing ? 1 : 0);
  page.add("kafka_delivery_lag_records", kafka.lag_records);
  page.add("kafka_delivery_lag_seconds", kafka.lag.count());
  page.add("kafka_fenced", kafka.fenced ? 1 : 0);
  page.add("kafka_group_member", kafka.member ? 1 : 0);
  page.add("kafka_missing_ranges_given_up_total", kafka.given_up);
  page.add("kafka_owned_partitions", kafka.owned.size());
  page.add("kafka_rebalances_total", kafka.rebalances);
  page.add("kafka_surplus_partitions", kafka.surplus);
  page.add("serializer_cache_size", kafka.serializers);
  page.add("serializer_cache_evictions_total", kafka.evictions);
}

void add_process(Exposition& page, Process const& process) {
  page.add("process_start_time_seconds", epoch_seconds(process.started));
  page.add("process_cpu_seconds_total", process.cpu.count());
  page.add("process_open_fds", process.open_fds);
  page.add("process_max_fds", process.max_fds);
  page.add("process_memory_rss_bytes", process.rss_bytes);
  page.add("process_memory_vms_bytes", process.vms_bytes);
  page.add("process_memory_allocated_bytes", process.allocated_bytes);
  page.add("memory_leak_detection_score", process.leak_score);
  page.add("memory_growth_bytes_per_hour", process.leak_mb_per_hour * (1 << 20));
}

}  // namespace

std::string metrics_page(Snapshot const& snapshot) {
  Exposition page;
  page.add("k2_build_info", 1, {snapshot.version, snapshot.commit});
  add_lines(page, snapshot.links);
  add_received(page, snapshot);
  add_frames(page, snapshot.links);
  add_runners(page, snapshot.links.runners);
  add_latency(page, snapshot);
  add_tape(page, snapshot.tape);
  add_symbols(page, snapshot);
  add_by(page, "binance_audit_minutes_total", snapshot.tape.audit_minutes);
  page.add("binance_audit_doubled_ids_total", snapshot.tape.audit_doubled);
  add_rest(page, snapshot.rest);
  add_journal(page, snapshot.journal);
  if (snapshot.kafka) add_kafka(page, *snapshot.kafka);
  add_process(page, snapshot.process);
  return page.text();
}

}  // namespace k2::watch
