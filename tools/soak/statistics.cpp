#include "tools/soak/statistics.hpp"

#include "core/duration.hpp"
#include "core/iso_time.hpp"
#include "tools/soak/memory.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace k2::soak {
namespace {

std::string moment(double at) {
  auto const since = std::chrono::duration_cast<std::chrono::seconds>(Seconds{at});
  return print_iso_time(UtcTime{since}).substr(0, 19) + "Z";
}

void add_events(Sample const& last, std::vector<Statistic>& all) {
  auto const put = [&all](std::string_view name, std::uint64_t value) {
    all.push_back({name, static_cast<double>(value)});
  };
  put("trades_received", last.received);
  put("trades_accepted", last.accepted);
  put("trades_backfilled", last.backfilled);
  put("duplicates_dropped", last.duplicates);
  put("rotations", last.rotated());
  put("announced_shutdowns", last.shutdowns());
  put("unplanned_drops", last.drops());
  put("connections", last.places);
  put("pings", last.pings);
  put("pong_timeouts", last.pong_timeouts);
  put("gaps_declared", last.gaps_declared);
  put("dead_letters", last.dead_letters);
  put("audit_minutes_complete", last.minutes_complete);
  put("audit_minutes_incomplete", last.minutes_incomplete);
  put("journal_bytes", last.journal_bytes);
  all.push_back({"cpu_seconds", last.cpu_s});
  if (last.p99_accepted_s) all.push_back({"receive_accepted_p99_s", *last.p99_accepted_s});
  if (last.p99_journal_s) all.push_back({"receive_journal_p99_s", *last.p99_journal_s});
}

template <class Field>
double highest(Record const& record, Field field) {
  double most = 0;
  for (Sample const& sample : record.samples) {
    most = std::max(most, static_cast<double>(sample.*field));
  }
  return most;
}

}  // namespace

std::vector<Statistic> summary_statistics(Record const& record) {
  MemoryFacts const memory = memory_facts(record);
  std::vector<Statistic> all{{"samples", static_cast<double>(record.samples.size())},
                             {"rss_first_mb", memory.first_mb},
                             {"rss_last_mb", memory.last_mb},
                             {"rss_min_mb", memory.least_mb},
                             {"rss_mean_mb", memory.mean_mb},
                             {"rss_max_mb", memory.most_mb},
                             {"rss_growth_mb", memory.growth_mb},
                             {"rss_slope_mb_per_hour", memory.slope_mb_per_hour},
                             {"rss_slope_r2", memory.fit},
                             {"leak_score_max", memory.leak_score}};
  if (record.samples.size() < 2) return all;
  Sample const& first = record.samples.front();
  Sample const& last = record.samples.back();
  double const span = std::max(last.elapsed_s - first.elapsed_s, 0.001);
  auto const received = static_cast<double>(last.received) - static_cast<double>(first.received);
  all.push_back({"messages_per_second_mean", received / span});
  all.push_back({"cpu_share_mean", (last.cpu_s - first.cpu_s) / span});
  all.push_back({"journal_waiting_max", highest(record, &Sample::journal_waiting)});
  all.push_back({"kafka_lag_records_max", highest(record, &Sample::kafka_lag_records)});
  all.push_back({"kafka_lag_s_max", highest(record, &Sample::kafka_lag_s)});
  all.push_back({"missing_ids_max", highest(record, &Sample::missing_ids)});
  all.push_back({"connection_age_max_s", highest(record, &Sample::connection_age_s)});
  add_events(last, all);
  return all;
}

std::vector<std::pair<std::string, std::string>> description(Record const& record) {
  Setup const& setup = record.setup;
  Plan const& plan = setup.plan;
  std::vector<std::pair<std::string, std::string>> lines{
      {"version", setup.version},
      {"profile", plan.profile},
      {"began", moment(setup.began_at)},
      {"ran",
       fmt::format("{:.0f} s of {:.0f} s", record.elapsed_s, Seconds{plan.run_duration()}.count())},
      {"stream", fmt::format("{}", fmt::join(setup.stream, " "))},
      {"exchange", setup.exchange.empty() ? std::string{"the one that the stream was given"}
                                          : fmt::format("{}", fmt::join(setup.exchange, " "))},
      {"status page", setup.status_url}};
  if (plan.compress > 1) {
    lines.emplace_back(
        "COMPRESSED",
        fmt::format("by {}: every period below is divided by it, so that {} of events pass in {}. "
                    "What hangs on traffic or on hours is not: memory limits are those of {} of "
                    "events, not of hours, and the market's rate, candles and REST are real",
                    plan.compress, format_duration(plan.duration),
                    format_duration(plan.run_duration()), format_duration(plan.duration)));
  }
  for (PeriodLine const& line : plan.lines()) {
    lines.emplace_back(std::string{line.name}, period_text(line));
  }
  return lines;
}

std::string period_text(PeriodLine const& line) {
  if (line.system == line.run) return format_duration(line.system);
  return fmt::format("{}, here {}{}", format_duration(line.system), format_duration(line.run),
                     line.held ? " (held there: less would be noise)" : "");
}

}  // namespace k2::soak
