#include "tools/report/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace k2::report {
namespace {

/// Source: Prometheus refuses more than 11,000 points of a series.
constexpr double kPointsMax = 10'000;

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// Text within double quotes of PromQL.
std::string quoted(std::string_view text) {
  std::string out;
  for (char const c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return '"' + out + '"';
}

std::string instant(std::string const& promql, double at_s) {
  return fmt::format("/api/v1/query?query={}&time={:.3f}", url_text(promql), at_s);
}

std::string range(std::string const& promql, double from_s, double to_s, double step_s) {
  return fmt::format("/api/v1/query_range?query={}&start={:.3f}&end={:.3f}&step={:.0f}",
                     url_text(promql), from_s, to_s, step_s);
}

std::vector<std::string> ranges(std::string const& promql, Span span, double step_s) {
  std::vector<std::string> targets;
  for (double at = span.from_s; at <= span.to_s; at += kPointsMax * step_s) {
    targets.push_back(
        range(promql, at, std::min(at + (kPointsMax - 1) * step_s, span.to_s), step_s));
  }
  return targets;
}

}  // namespace

std::vector<Query> const& queries() {
  static std::vector<Query> const table{
      {"up", "up{$S}", Grid::kRaw},
      {"status", "binance_connection_status{$S}", Grid::kRaw},
      {"start", "process_start_time_seconds{$S}", Grid::kMinute},
      {"build", "k2_build_info{$S}", Grid::kFiveMinutes},
      {"alerts", R"(ALERTS{$S,alertstate="firing"})", Grid::kMinute},
      // The rules' own record: where it is, alerts were looked for.
      {"rules", "k2:reconnects:increase1d{$S}", Grid::kFiveMinutes},
      // Memory.
      {"rss", "max_over_time(process_memory_rss_bytes{$S}[5m])", Grid::kFiveMinutes},
      {"leak_score", "max_over_time(memory_leak_detection_score{$S}[5m])", Grid::kFiveMinutes},
      // Lines.
      {"rate", "sum by (job, instance) (rate(binance_messages_received_total{$S}[5m]))",
       Grid::kFiveMinutes},
      {"lines", R"(sum by (job, instance) (binance_lines{$S,state="live"}))", Grid::kFiveMinutes},
      {"lifetime_limit", "binance_connection_lifetime_limit_seconds{$S}", Grid::kFiveMinutes},
      {"lifetime", "binance_connection_lifetime_seconds{$S}", Grid::kMinute},
      {"rotations", "binance_connection_rotations_total{$S}", Grid::kMinute},
      {"reconnects", "binance_reconnects_total{$S}", Grid::kMinute},
      {"attempts", "binance_connection_attempts_total{$S}", Grid::kMinute},
      {"errors", "binance_connection_errors_total{$S}", Grid::kMinute},
      {"pings", "binance_pings_sent_total{$S}", Grid::kMinute},
      {"pong_timeouts", "binance_pong_timeouts_total{$S}", Grid::kMinute},
      {"pong_at", "binance_last_pong_timestamp_seconds{$S}", Grid::kMinute},
      {"round_trip", "binance_ping_round_trip_seconds{$S}", Grid::kMinute},
      // The tape.
      {"accepted", "tape_accepted_trades_total{$S}", Grid::kMinute},
      {"backfilled", "tape_backfilled_trades_total{$S}", Grid::kMinute},
      {"late", "tape_late_trades_total{$S}", Grid::kMinute},
      {"missing", "tape_missing_ids{$S}", Grid::kMinute},
      {"gap_changes", "tape_gap_changes_total{$S}", Grid::kMinute},
      {"audit", "binance_audit_minutes_total{$S}", Grid::kMinute},
      {"doubled", "binance_audit_doubled_ids_total{$S}", Grid::kMinute},
      {"dead_letters", "tape_dead_letters_total{$S}", Grid::kMinute},
      // Delivery.
      {"kafka_produced", "kafka_messages_produced_total{$S}", Grid::kMinute},
      {"kafka_errors", "kafka_produce_errors_total{$S}", Grid::kMinute},
      {"kafka_lag", "max_over_time(kafka_delivery_lag_seconds{$S}[5m])", Grid::kFiveMinutes},
      // Stages.
      {"stage_p50",
       "histogram_quantile(0.5, sum by (job, instance, stage, le) "
       "(increase(binance_stage_latency_seconds_bucket{$S}[$D])))",
       Grid::kDay},
      {"stage_p99",
       "histogram_quantile(0.99, sum by (job, instance, stage, le) "
       "(increase(binance_stage_latency_seconds_bucket{$S}[$D])))",
       Grid::kDay},
      {"stage_p50_period",
       "histogram_quantile(0.5, sum by (job, instance, stage, le) "
       "(increase(binance_stage_latency_seconds_bucket{$S}[$D])))",
       Grid::kPeriod},
      {"stage_p99_period",
       "histogram_quantile(0.99, sum by (job, instance, stage, le) "
       "(increase(binance_stage_latency_seconds_bucket{$S}[$D])))",
       Grid::kPeriod},
  };
  return table;
}

std::vector<std::string> targets_of(Query const& query, Selection const& selection, Span span) {
  std::string const matchers =
      fmt::format("job={},instance=~{}", quoted(selection.job), quoted(selection.instance));
  bool const whole = query.grid == Grid::kPeriod;
  std::string const length =
      fmt::format("{:.0f}s", whole ? span.seconds() : std::min(kDaySeconds, span.seconds()));
  std::string const promql =
      replaced(replaced(std::string{query.promql}, "$S", matchers), "$D", length);
  std::vector<std::string> targets;
  switch (query.grid) {
    case Grid::kRaw:
      for (Span const day : days_of(span)) {
        targets.push_back(instant(fmt::format("{}[{:.0f}s]", promql, day.seconds()), day.to_s));
      }
      return targets;
    case Grid::kMinute:
      return ranges(promql, span, 60);
    case Grid::kFiveMinutes:
      return ranges(promql, span, 300);
    case Grid::kDay:
      if (span.seconds() < kDaySeconds) return {instant(promql, span.to_s)};
      return {range(promql, span.from_s + kDaySeconds, span.to_s, kDaySeconds)};
    case Grid::kPeriod:
      return {instant(promql, span.to_s)};
  }
  return targets;
}

}  // namespace k2::report
