#include "tools/report/queries.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

/// A metric whose samples are counted, and the label by which its series differ.
struct Counted {
  std::string_view fact;
  std::string_view selector;
  std::string_view label;
};

constexpr std::array kCounted{
    Counted{"status", "binance_connection_status{$S}", ""},
    Counted{"rss", "process_memory_rss_bytes{$S}", ""},
    Counted{"received", "binance_messages_received_total{$S}", "symbol"},
    Counted{"lines", R"(binance_lines{$S,state="live"})", "kind"},
    Counted{"lifetime_limit", "binance_connection_lifetime_limit_seconds{$S}", ""},
    Counted{"rotations", "binance_connection_rotations_total{$S}", "reason"},
    Counted{"reconnects", "binance_reconnects_total{$S}", "reason"},
    Counted{"attempts", "binance_connection_attempts_total{$S}", ""},
    Counted{"errors", "binance_connection_errors_total{$S}", "error_type"},
    Counted{"pings", "binance_pings_sent_total{$S}", ""},
    Counted{"accepted", "tape_accepted_trades_total{$S}", ""},
    Counted{"declared", R"(tape_missing_ids{$S,state="declared"})", ""},
    Counted{"complete", R"(binance_audit_minutes_total{$S,result="complete"})", ""},
    Counted{"incomplete", R"(binance_audit_minutes_total{$S,result="incomplete"})", ""},
    Counted{"doubled", "binance_audit_doubled_ids_total{$S}", ""},
    Counted{"kafka_produced", "kafka_messages_produced_total{$S}", ""},
    Counted{"kafka_errors", "kafka_produce_errors_total{$S}", ""},
    Counted{"kafka_lag", "kafka_delivery_lag_seconds{$S}", ""},
};

/// The number of samples within each day; NaN when one of them is no number, since 0 * NaN and
/// 0 * Inf are NaN.
Query count_query(Counted const& one) {
  auto const by = fmt::format("job, instance{}{}", one.label.empty() ? "" : ", ", one.label);
  return {std::string{kCountPrefix} + std::string{one.fact},
          fmt::format("sum by ({1}) (count_over_time({0}[$D]) + 0 * sum_over_time({0}[$D]))",
                      one.selector, by),
          Grid::kEachDay};
}

std::vector<Query> fact_queries() {
  return {
      {"up", "up{$S}", Grid::kRaw},
      {"status", "binance_connection_status{$S}", Grid::kRaw},
      {"start", "process_start_time_seconds{$S}", Grid::kMinute},
      {"build", "k2_build_info{$S}", Grid::kFiveMinutes},
      {"alerts", R"(ALERTS{$S,alertstate="firing"})", Grid::kMinute},
      // The rules' own record: where it is, alerts were looked for.
      {"rules", "k2:reconnects:increase1d{$S}", Grid::kRaw},
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
      {"symbols", "tape_symbols{$S}", Grid::kFiveMinutes},
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
}

}  // namespace

std::vector<Query> const& queries() {
  static std::vector<Query> const table = [] {
    auto all = fact_queries();
    for (Counted const& one : kCounted) all.push_back(count_query(one));
    return all;
  }();
  return table;
}

std::vector<std::string> targets_of(Query const& query, Selection const& selection, Span span) {
  std::string const matchers =
      fmt::format("job={},instance=~{}", quoted(selection.job), quoted(selection.instance));
  if (query.grid == Grid::kEachDay) {
    std::vector<std::string> targets;
    for (Span const day : days_of(span)) {
      auto const promql = replaced(replaced(query.promql, "$S", matchers), "$D",
                                   fmt::format("{:.0f}s", day.seconds()));
      targets.push_back(instant(promql, day.to_s));
    }
    return targets;
  }
  bool const whole = query.grid == Grid::kPeriod;
  std::string const length =
      fmt::format("{:.0f}s", whole ? span.seconds() : std::min(kDaySeconds, span.seconds()));
  std::string const promql = replaced(replaced(query.promql, "$S", matchers), "$D", length);
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
    case Grid::kEachDay:
      break;  // above
  }
  return targets;
}

}  // namespace k2::report
