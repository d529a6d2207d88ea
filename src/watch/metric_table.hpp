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
    Metric{"k2_build_info", kGauge, "version,commit",
           "Version and commit of the program; always 1."},
    // Connections.
    Metric{"binance_connection_status", kGauge, "",
           "1 while every stream of trades has a live connection, 0 otherwise. At 0 recording "
           "pauses; nothing is lost, missed trades are fetched afterwards."},
    Metric{"binance_lines", kGauge, "kind,state",
           "Connections by the kind of their streams (trade, kline_1m) and their state."},
    Metric{"binance_connection_lifetime_seconds", kGauge, "line",
           "Age of the connection in this slot; it falls to 0 with each replacement."},
    Metric{"binance_connection_lifetime_limit_seconds", kGauge, "",
           "Age at which a connection is replaced (connection_max_lifetime_hours)."},
    Metric{"binance_connection_attempts_total", kCounter, "",
           "Connection attempts. The exchange allows 300 in five minutes."},
    Metric{"binance_connection_errors_total", kCounter, "error_type",
           "Connections that failed or ended in an error, by its kind."},
    Metric{"binance_connection_rotations_total", kCounter, "reason",
           "Planned replacements of connections, without any loss: because of their age, or "
           "because the exchange announced a shutdown."},
    Metric{"binance_reconnects_total", kCounter, "reason",
           "Replacements of connections because of a problem. A few per day are normal; many "
           "indicate a network problem."},
    Metric{
        "binance_reconnect_delay_seconds", kGauge, "",
        "Time since the loss of a connection that is not replaced yet; 0 while all are connected."},
    Metric{"binance_last_message_timestamp_seconds", kGauge, "",
           "Time when the newest trade was received."},
    Metric{"binance_messages_received_total", kCounter, "symbol",
           "Trades received over connections, repetitions included. One series with symbol=\"\" "
           "while metrics.per_symbol is off."},
    Metric{"binance_frames_total", kCounter, "kind", "Text frames by their kind."},
    Metric{"binance_message_errors_total", kCounter, "",
           "Frames that should have been a trade or a candle and could not be parsed. The first 16 "
           "KiB of each are kept as a dead letter."},
    Metric{"binance_received_bytes_total", kCounter, "",
           "Bytes of text frames received over connections."},
    Metric{"binance_pings_sent_total", kCounter, "", "Pings sent by K2."},
    Metric{"binance_pongs_received_total", kCounter, "", "Answers to them."},
    Metric{"binance_pong_timeouts_total", kCounter, "",
           "Pings that were not answered in ping_timeout_seconds; the connection is then "
           "replaced."},
    Metric{"binance_last_pong_timestamp_seconds", kGauge, "",
           "Time when the newest pong was received; 0 before the first."},
    Metric{"binance_ping_round_trip_seconds", kGauge, "", "Round trip of the newest pong."},
    Metric{"binance_tls_verification_enabled", kGauge, "",
           "1 while the exchange's certificate is verified. At 0 anyone on the network path can "
           "forge trades."},
    Metric{"binance_line_firsts_total", kCounter, "line",
           "Trades that this connection delivered before the other (binance.lines = 2)."},
    Metric{"binance_line_duplicates_total", kCounter, "line",
           "Trades that the other connection had delivered before."},
    Metric{"binance_line_lost_trades_total", kCounter, "line",
           "Trades that this connection did not deliver between two that it delivered."},
    Metric{"binance_line_lead_seconds", kSummary, "line",
           "Time by which this connection delivered first."},
    Metric{"binance_clock_offset_seconds", kGauge, "",
           "The exchange's clock less this machine's. Beyond some milliseconds the latency from "
           "the exchange is not reliable: fix the machine's clock."},
    Metric{"binance_stage_latency_seconds", kHistogram, "stage",
           "exchange_receive: from the exchange's event time until the bytes were received, less "
           "the difference of the clocks once it is measured. receive_accepted, receive_journal "
           "and receive_kafka: from there until the trade was accepted in order, until it was "
           "durable, and until it was committed in Kafka."},
    // The tape.
    Metric{"tape_symbols", kGauge, "", "Symbols that are recorded."},
    Metric{"tape_accepted_trades_total", kCounter, "",
           "Trades that were accepted, each once and in order."},
    Metric{"tape_duplicates_dropped_total", kCounter, "",
           "Trades that were received again and dropped; they increase while two connections "
           "overlap."},
    Metric{"tape_backfilled_trades_total", kCounter, "", "Trades that were fetched over REST."},
    Metric{"tape_late_trades_total", kCounter, "",
           "Trades that arrived after their gap had been declared, marked LATE."},
    Metric{"tape_forgotten_trades_total", kCounter, "",
           "Trades that were dropped because there was no room during a backfill, or because of "
           "backpressure; they are fetched again."},
    Metric{"tape_ids_restarted", kGauge, "",
           "Symbols whose ids have started over at the exchange: their tapes are halted."},
    Metric{"tape_suspect_trades_total", kCounter, "",
           "Trades with ids far ahead of their tape, quarantined until a second source confirms "
           "them."},
    Metric{"tape_implausible_trades_total", kCounter, "",
           "Quarantined trades that nothing confirmed: they are dead letters."},
    Metric{"tape_holes", kGauge, "",
           "Symbols whose next id is missing now; each is being backfilled."},
    Metric{"tape_missing_ids", kGauge, "state",
           "Ids that are missing now: hole, while later trades of the symbol wait for them; "
           "declared, while delivery has continued without them."},
    Metric{"tape_gaps_declared_total", kCounter, "",
           "Gaps that could not be filled in gap_patience_seconds."},
    Metric{"tape_gap_changes_total", kCounter, "state",
           "Declared gaps, or pieces of them, by their outcome: open, repaired, venue (the "
           "exchange itself lacks them), or elsewhere (another process delivered them)."},
    Metric{"tape_waiting_trades", kGauge, "",
           "Trades that wait in memory for the backfill of a gap before them."},
    Metric{"tape_waiting_trades_limit", kGauge, "",
           "Maximum of tape_waiting_trades; further trades are dropped and fetched again."},
    Metric{"tape_admitting", kGauge, "",
           "1 while accepted trades can be stored; 0 under backpressure from the journal."},
    Metric{"tape_dead_letters_total", kCounter, "",
           "Frames and rows that could not be parsed, including those that were not kept."},
    Metric{"tape_dead_letters_dropped_total", kCounter, "",
           "Dead letters that were counted and not kept, because too many waited to be stored."},
    Metric{"tape_last_trade_id", kGauge, "symbol",
           "The newest id of the symbol's tape. Only with metrics.per_symbol."},
    Metric{"tape_symbol_missing_ids", kGauge, "symbol",
           "Ids of the symbol that are missing now, in pending and in declared gaps. Only with "
           "metrics.per_symbol."},
    Metric{"binance_audit_minutes_total", kCounter, "result",
           "Minutes of a symbol that were compared with the exchange's own count. incomplete is an "
           "alarm: trades are missing that nothing else detected. healed counts those that have "
           "become complete."},
    Metric{"binance_audit_doubled_ids_total", kCounter, "",
           "Ids that were accepted twice, by the audit's own count: always 0."},
    // REST.
    Metric{"rest_requests_total", kCounter, "", "Requests for backfills and idle probes."},
    Metric{"rest_errors_total", kCounter, "", "Requests that failed."},
    Metric{"rest_weight_used", kGauge, "",
           "Request weight that counts against the exchange's limit now, including that of others "
           "behind the same address."},
    Metric{"rest_weight_limit", kGauge, "",
           "Request weight that the exchange allows per address and minute."},
    Metric{"rest_blocked", kGauge, "",
           "1 while the exchange demands a pause (429 or 418): the backfill waits."},
    // The journal.
    Metric{"journal_commit_seconds", kSummary, "", "Duration and number of commits."},
    Metric{"journal_commit_failures_total", kCounter, "",
           "Commits that the disk refused; each is retried."},
    Metric{"journal_retired_blocks_total", kCounter, "",
           "Oldest blocks that were deleted at journal.max_bytes, because they were no longer "
           "needed."},
    Metric{"journal_retired_trades_total", kCounter, "", "Trades in the deleted blocks."},
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
    Metric{"journal_disk_free_bytes", kGauge, "", "Free space of the journal's disk."},
    Metric{"journal_disk_size_bytes", kGauge, "", "Size of the journal's disk."},
    // Kafka; only with sink = kafka.
    Metric{"kafka_messages_produced_total", kCounter, "", "Trades that were produced to Kafka."},
    Metric{"kafka_produce_errors_total", kCounter, "",
           "Failures of Kafka or the registry; after each a new producer continues from the "
           "topic's own positions."},
    Metric{"kafka_commits_total", kCounter, "", "Commits of trades with their positions."},
    Metric{"kafka_aborts_total", kCounter, "",
           "Transactions that were aborted and delivered again, for example at each rebalance of "
           "the group."},
    Metric{"kafka_producers_replaced_total", kCounter, "",
           "Producers that were replaced because a connection to a broker closed."},
    Metric{"kafka_transaction_records_limit", kGauge, "",
           "Trades that the next transaction may take; it falls while the link to the brokers is "
           "slow."},
    Metric{"kafka_delivery_failing", kGauge, "", "1 from a failure to the next commit."},
    Metric{"kafka_delivery_lag_records", kGauge, "",
           "Durable trades that are not committed in Kafka yet."},
    Metric{"kafka_delivery_lag_seconds", kGauge, "",
           "Time since the oldest of them became durable, up to an hour."},
    Metric{"kafka_fenced", kGauge, "",
           "1 from when Kafka's consumer group fences this process until it has rejoined."},
    Metric{"kafka_group_member", kGauge, "",
           "1 while this process is a member of the consumer group."},
    Metric{
        "kafka_missing_ranges_given_up_total", kCounter, "",
        "Ranges of missing ids that are no longer filled in the topic, because a symbol had too "
        "many of them. The topic declares them open permanently; the journal may hold the trades."},
    Metric{"kafka_owned_partitions", kGauge, "",
           "Partitions whose symbols this process delivers; 0 is a standby."},
    Metric{"kafka_rebalances_total", kCounter, "",
           "Changes of the partitions that the group assigns to this process."},
    Metric{"kafka_surplus_partitions", kGauge, "",
           "Partitions beyond kafka.partitions that the group assigned to this process. They were "
           "added to the positions topic later; nothing is delivered into them."},
    Metric{"serializer_cache_size", kGauge, "", "Subjects whose serializer is cached."},
    Metric{"serializer_cache_evictions_total", kCounter, "",
           "Serializers that were evicted for another one."},
    // The process.
    Metric{"process_start_time_seconds", kGauge, "", "Start time of the program."},
    Metric{"process_cpu_seconds_total", kCounter, "", "Processor time used by the process."},
    Metric{"process_open_fds", kGauge, "", "Open file descriptors of the process."},
    Metric{"process_max_fds", kGauge, "", "Limit of open file descriptors."},
    Metric{"process_memory_rss_bytes", kGauge, "", "Resident memory of the process."},
    Metric{"process_memory_vms_bytes", kGauge, "", "Virtual memory of the process."},
    Metric{"process_memory_allocated_bytes", kGauge, "",
           "Memory in use by the allocator. Resident memory far above it is held by the allocator; "
           "if both grow together, it is a leak."},
    Metric{"memory_leak_detection_score", kGauge, "",
           "0 to 1: growth of resident memory (50 MB per hour is 1), times the quality of fit of a "
           "straight line through its last hour."},
    Metric{"memory_growth_bytes_per_hour", kGauge, "", "Slope of that line."},
};

}  // namespace k2::watch
