// The table of all metrics of K2, in the order in which a scrape shows them. A name, once used,
// keeps its meaning: dashboards and alerts of others depend on it. A new count needs a new row.
#pragma once

#include "watch/metric.hpp"

#include <array>

namespace k2::watch {

inline constexpr auto kCounter = MetricType::kCounter;
inline constexpr auto kGauge = MetricType::kGauge;
inline constexpr auto kHistogram = MetricType::kHistogram;
inline constexpr auto kSummary = MetricType::kSummary;

inline constexpr std::array kMetrics{
    Metric{"k2_build_info", kGauge, "version,commit", "Which program runs; always 1."},
    // Lines.
    Metric{"binance_connection_status", kGauge, "",
           "1 while every stream of trades has a live connection, 0 otherwise. At 0 the tape "
           "waits; nothing is lost, missed trades are fetched afterwards."},
    Metric{"binance_lines", kGauge, "kind,state",
           "Connections by what they carry (trade, kline_1m) and their state."},
    Metric{"binance_connection_lifetime_seconds", kGauge, "line",
           "Age of the connection in this place; it falls to 0 with each replacement."},
    Metric{"binance_connection_lifetime_limit_seconds", kGauge, "",
           "Age at which a connection is to be replaced (connection_max_lifetime_hours)."},
    Metric{"binance_connection_attempts_total", kCounter, "",
           "Connection attempts. The exchange allows 300 in five minutes."},
    Metric{"binance_connection_errors_total", kCounter, "error_type",
           "Connections that failed or ended in an error, by its kind."},
    Metric{"binance_connection_rotations_total", kCounter, "reason",
           "Connections that were replaced as planned, without a moment's loss: for their age, or "
           "because the exchange announced to cut them."},
    Metric{"binance_reconnects_total", kCounter, "reason",
           "Connections that were replaced because something was wrong with them. A few per day "
           "are normal; many indicate a network problem."},
    Metric{
        "binance_reconnect_delay_seconds", kGauge, "",
        "Time since the loss of a connection that is not replaced yet; 0 while all are connected."},
    Metric{"binance_last_message_timestamp_seconds", kGauge, "",
           "When the newest trade was received."},
    Metric{"binance_messages_received_total", kCounter, "symbol",
           "Trades that came over connections, repetitions included. One series with symbol=\"\" "
           "while metrics.per_symbol is off."},
    Metric{"binance_frames_total", kCounter, "kind", "Text frames by what they turned out to be."},
    Metric{"binance_message_errors_total", kCounter, "",
           "Frames that should have been a trade or a candle and were not. The first 16 KiB of "
           "each are kept among the dead letters."},
    Metric{"binance_received_bytes_total", kCounter, "",
           "Bytes of text frames that came over connections."},
    Metric{"binance_pings_sent_total", kCounter, "", "Pings of our own."},
    Metric{"binance_pongs_received_total", kCounter, "", "Answers to them."},
    Metric{"binance_pong_timeouts_total", kCounter, "",
           "Pings that were not answered in ping_timeout_seconds; the connection is then "
           "replaced."},
    Metric{"binance_last_pong_timestamp_seconds", kGauge, "",
           "When the newest pong came; 0 before the first."},
    Metric{"binance_ping_round_trip_seconds", kGauge, "", "How long the newest pong took."},
    Metric{"binance_tls_verification_enabled", kGauge, "",
           "1 while the exchange's certificate is checked. At 0 anybody on the network path can "
           "forge trades."},
    Metric{"binance_line_firsts_total", kCounter, "line",
           "Trades that this connection brought before the other (binance.lines = 2)."},
    Metric{"binance_line_duplicates_total", kCounter, "line",
           "Trades that the other connection had brought before."},
    Metric{"binance_line_lost_trades_total", kCounter, "line",
           "Trades that this connection did not bring between two that it brought."},
    Metric{"binance_line_lead_seconds", kSummary, "line", "By how much the connection was first."},
    Metric{"binance_clock_offset_seconds", kGauge, "",
           "The exchange's clock less this machine's. Beyond some milliseconds the latency from "
           "the exchange is not reliable: fix the machine's clock."},
    Metric{"binance_stage_latency_seconds", kHistogram, "stage",
           "exchange_receive: from the exchange's event time until the bytes were here, less the "
           "difference of the clocks once that is measured. receive_accepted, receive_journal and "
           "receive_kafka: from there until the trade was in order, until it was durable, and "
           "until it was committed in Kafka."},
    // The tape.
    Metric{"tape_symbols", kGauge, "", "Symbols that are recorded."},
    Metric{"tape_accepted_trades_total", kCounter, "",
           "Trades that were put into the tape, each once and in order."},
    Metric{"tape_duplicates_dropped_total", kCounter, "",
           "Trades that came again and were dropped; they grow while two connections overlap."},
    Metric{"tape_backfilled_trades_total", kCounter, "", "Trades that were fetched over REST."},
    Metric{"tape_late_trades_total", kCounter, "",
           "Trades that came back after their gap had been declared, marked LATE."},
    Metric{"tape_forgotten_trades_total", kCounter, "",
           "Trades for which there was no room while a repair ran, or while the journal took "
           "none; they are fetched again."},
    Metric{"tape_ids_restarted", kGauge, "",
           "Symbols whose ids have started over at the exchange: their tapes are halted."},
    Metric{"tape_suspect_trades_total", kCounter, "",
           "Trades with ids far ahead of their tape, held aside until a second source confirms."},
    Metric{"tape_implausible_trades_total", kCounter, "",
           "Those of them that nothing confirmed: they are dead letters."},
    Metric{"tape_holes", kGauge, "",
           "Symbols whose next id is missing now; each is being repaired."},
    Metric{"tape_missing_ids", kGauge, "state",
           "Ids that are missing now: hole, while later trades of the symbol wait for them; "
           "declared, while delivery has continued without them."},
    Metric{"tape_gaps_declared_total", kCounter, "",
           "Gaps that could not be repaired in gap_patience_seconds."},
    Metric{"tape_gap_changes_total", kCounter, "state",
           "Declared gaps, or pieces of them, by their outcome: open, repaired, venue (the "
           "exchange itself lacks them), or elsewhere (another process delivered them)."},
    Metric{"tape_waiting_trades", kGauge, "",
           "Trades that wait in memory for the repair of a gap before them."},
    Metric{"tape_waiting_trades_limit", kGauge, "",
           "How many may wait; more are forgotten and fetched again."},
    Metric{"tape_admitting", kGauge, "",
           "1 while accepted trades have somewhere to go; 0 while the journal takes none."},
    Metric{"tape_dead_letters_total", kCounter, "",
           "Frames and rows that could not be understood, those included that were not kept."},
    Metric{"tape_dead_letters_dropped_total", kCounter, "",
           "Dead letters that were counted and not kept, because too many waited to be stored."},
    Metric{"tape_last_trade_id", kGauge, "symbol",
           "The newest id of the symbol's tape. Only with metrics.per_symbol."},
    Metric{"tape_symbol_missing_ids", kGauge, "symbol",
           "Ids of the symbol that are missing now, in pending and in declared gaps. Only with "
           "metrics.per_symbol."},
    Metric{"binance_audit_minutes_total", kCounter, "result",
           "Minutes of a symbol that were compared with the exchange's own count. incomplete is an "
           "alarm: something is missing that nothing else noticed. healed counts those that are "
           "complete by now."},
    Metric{"binance_audit_doubled_ids_total", kCounter, "",
           "Ids that were accepted twice, by the audit's own count: always 0."},
    // REST.
    Metric{"rest_requests_total", kCounter, "", "Requests for repairs and idle probes."},
    Metric{"rest_errors_total", kCounter, "", "Requests that failed."},
    Metric{"rest_weight_used", kGauge, "",
           "Request weight that counts against the exchange's limit now, that of others behind "
           "the same address included."},
    Metric{"rest_weight_limit", kGauge, "",
           "Request weight that the exchange allows to an address in a minute."},
    Metric{"rest_blocked", kGauge, "",
           "1 while the exchange demands a pause (429 or 418): repairs wait."},
    // The journal.
    Metric{"journal_commit_seconds", kSummary, "", "Commits, and the time that they took."},
    Metric{"journal_commit_failures_total", kCounter, "",
           "Commits that the disk refused; each is tried again."},
    Metric{
        "journal_retired_blocks_total", kCounter, "",
        "Blocks deleted at journal.max_bytes, the oldest, because they were not needed any more."},
    Metric{"journal_retired_trades_total", kCounter, "", "Trades in them."},
    Metric{"journal_retired_dead_letters_total", kCounter, "",
           "Dead letters deleted, the oldest first, because there were more than 10,000 or more "
           "than journal.dead_letters_max_bytes."},
    Metric{"journal_failing", kGauge, "", "1 from a failed commit to the next that succeeds."},
    Metric{"journal_lost", kGauge, "",
           "1 once the journal's file was deleted or replaced while the stream ran. It then stores "
           "nothing more and stops by itself after 30 s."},
    Metric{"journal_waiting_batches", kGauge, "", "Batches handed over and not yet committed."},
    Metric{"journal_waiting_trades", kGauge, "", "Accepted trades that are not durable yet."},
    Metric{"journal_bytes", kGauge, "", "Size of the journal's files."},
    Metric{"journal_disk_free_bytes", kGauge, "", "Room that the journal's disk has left."},
    Metric{"journal_disk_size_bytes", kGauge, "", "Size of the journal's disk."},
    // Kafka; only with sink = kafka.
    Metric{"kafka_messages_produced_total", kCounter, "", "Trades that were given to Kafka."},
    Metric{"kafka_produce_errors_total", kCounter, "",
           "Failures of Kafka or the registry; after each a new producer continues from the "
           "topic's own positions."},
    Metric{"kafka_commits_total", kCounter, "", "Commits of trades with their positions."},
    Metric{
        "kafka_aborts_total", kCounter, "",
        "Transactions that were taken back and delivered again, as at each change of the group."},
    Metric{"kafka_producers_replaced_total", kCounter, "",
           "Producers that were replaced because a connection to a broker closed."},
    Metric{"kafka_transaction_records_limit", kGauge, "",
           "Trades that the next transaction may take; it falls while the link to the brokers is "
           "slow."},
    Metric{"kafka_delivery_failing", kGauge, "", "1 from a failure to the next commit."},
    Metric{"kafka_delivery_lag_records", kGauge, "",
           "Durable trades that are not committed in Kafka yet."},
    Metric{"kafka_delivery_lag_seconds", kGauge, "",
           "How long the oldest of them has been durable, up to an hour."},
    Metric{"kafka_fenced", kGauge, "",
           "1 from when Kafka's consumer group fences this process until it has rejoined."},
    Metric{"kafka_group_member", kGauge, "", "1 while Kafka's group counts this process in."},
    Metric{"kafka_missing_ranges_given_up_total", kCounter, "",
           "Ranges of missing ids that are no longer filled in the topic, because a symbol had too "
           "many of them. The topic declares them open for good; the journal may hold the trades."},
    Metric{"kafka_owned_partitions", kGauge, "",
           "Partitions whose symbols this process delivers; 0 is a standby."},
    Metric{"kafka_rebalances_total", kCounter, "",
           "Changes of what the group gives to this process and takes from it."},
    Metric{"kafka_surplus_partitions", kGauge, "",
           "Partitions beyond kafka.partitions that the group assigned to this process. They were "
           "added to the positions topic later; nothing is delivered into them."},
    Metric{"serializer_cache_size", kGauge, "", "Subjects whose serializer is held."},
    Metric{"serializer_cache_evictions_total", kCounter, "",
           "Serializers that made room for another one."},
    // The process.
    Metric{"process_start_time_seconds", kGauge, "", "When the program started."},
    Metric{"process_cpu_seconds_total", kCounter, "", "Processor time that it used."},
    Metric{"process_open_fds", kGauge, "", "File descriptors that it holds."},
    Metric{"process_max_fds", kGauge, "", "File descriptors that it may hold."},
    Metric{"process_memory_rss_bytes", kGauge, "", "Memory that it holds in the machine."},
    Metric{"process_memory_vms_bytes", kGauge, "", "Addresses that it has reserved."},
    Metric{"process_memory_allocated_bytes", kGauge, "",
           "Memory that the allocator has given out. Resident memory far above it is the "
           "allocator's; growing together with it is a leak."},
    Metric{"memory_leak_detection_score", kGauge, "",
           "0 to 1: how fast resident memory grows (50 MB an hour is 1), times how well a "
           "straight line fits its last hour."},
    Metric{"memory_growth_bytes_per_hour", kGauge, "", "The slope of that line."},
};

}  // namespace k2::watch
