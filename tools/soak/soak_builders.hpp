// A healthy soak test for tests: they change one value and check which criterion fails.
#pragma once

#include "tools/soak/record.hpp"

namespace k2::soak::test {

/// A plan with the system's own periods.
inline Plan plan_of(std::string_view duration, double compress = 1) {
  return make_plan(duration, compress, {}).value();
}

/// Returns the sample of a healthy stream of two connections (trades and candles) at this time of a
/// run.
inline Sample healthy_sample(Plan const& plan, double elapsed_s) {
  Periods const run = plan.run();
  Sample sample;
  sample.at = 1'800'000'000 + elapsed_s;
  sample.elapsed_s = elapsed_s;
  sample.rss_bytes = std::uint64_t{30} << 20;
  sample.allocated_bytes = std::uint64_t{20} << 20;
  sample.received = static_cast<std::uint64_t>(100 * elapsed_s);
  sample.accepted = sample.received;
  sample.per_second = 100;
  sample.connections = sample.places = 2;
  sample.rotations["rotation"] =
      2 * static_cast<std::uint64_t>(elapsed_s / Seconds{run.rotation}.count());
  sample.rotations["server_shutdown"] = 0;
  sample.reconnects = {{"error", 0}, {"no_data", 0}};
  sample.minutes_complete = static_cast<std::uint64_t>(elapsed_s / 60);
  sample.pings = 2 * static_cast<std::uint64_t>(elapsed_s / Seconds{run.ping}.count());
  return sample;
}

inline Record healthy_record(Plan const& plan) {
  Record record;
  record.setup.plan = plan;
  record.setup.version = "k2 test";
  record.setup.stream = {"k2", "stream"};
  record.setup.verify = {{"k2", "verify"}};
  record.setup.began_at = 1'800'000'000;
  record.elapsed_s = Seconds{plan.run_duration()}.count();
  double const every = Seconds{plan.run().sample}.count();
  for (double at = 0; at <= record.elapsed_s; at += every) {
    record.samples.push_back(healthy_sample(plan, at));
  }
  record.end = {.crashed = false, .exit_code = 0, .detail = {}};
  record.verified = {
      {.command = "k2 verify", .clean = true, .verdict = "CLEAN", .open_gap_ids = 0}};
  return record;
}

}  // namespace k2::soak::test
