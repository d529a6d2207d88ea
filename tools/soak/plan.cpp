#include "tools/soak/plan.hpp"

#include "core/duration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace k2::soak {
namespace {

/// The shortest that `k2 stream --allow-drills` takes. Source: src/app/settings.cpp.
constexpr Span kRotationMin = std::chrono::milliseconds{1800};
constexpr Span kPingMin = std::chrono::milliseconds{200};

Span divided(Span period, double compress) {
  return Span{static_cast<Span::rep>(std::llround(static_cast<double>(period.count()) / compress))};
}

/// A floor never makes a period longer than it is uncompressed.
Span held(Span period, double compress, Span floor) {
  return std::max(divided(period, compress), std::min(period, floor));
}

}  // namespace

Span Plan::run_duration() const {
  return divided(duration, compress);
}

Periods Plan::run() const {
  return {.rotation = divided(system.rotation, compress),
          .ping = divided(system.ping, compress),
          .ping_timeout = held(system.ping_timeout, compress, kTimeoutFloor),
          .health_check = held(system.health_check, compress, kSilenceFloor),
          .memory_sample = held(system.memory_sample, compress, kSampleFloor),
          .sample = held(system.sample, compress, kSampleFloor),
          .exchange_cut = divided(system.exchange_cut, compress)};
}

std::vector<PeriodLine> Plan::lines() const {
  Periods const now = run();
  std::vector<PeriodLine> lines{
      {.name = "rotation", .system = system.rotation, .run = now.rotation},
      {.name = "ping", .system = system.ping, .run = now.ping},
      {.name = "ping timeout", .system = system.ping_timeout, .run = now.ping_timeout},
      {.name = "health check", .system = system.health_check, .run = now.health_check},
      {.name = "memory sample", .system = system.memory_sample, .run = now.memory_sample},
      {.name = "soak sample", .system = system.sample, .run = now.sample},
      {.name = "exchange's cut", .system = system.exchange_cut, .run = now.exchange_cut}};
  for (PeriodLine& line : lines) line.held = line.run != divided(line.system, compress);
  return lines;
}

Span Plan::warm_up() const {
  return std::min<Span>(duration / 10, std::chrono::minutes{30});
}

Result<Plan> make_plan(std::string_view duration, double compress, Periods const& system) {
  auto const span = parse_duration(duration);
  if (!span || *span <= Span{}) {
    return Error{
        Errc::kConfigInvalid,
        fmt::format("'{}' is no duration: 1h, 12h, 24h, 7d, or any other like 90m", duration)};
  }
  if (!std::isfinite(compress) || compress < 1) {
    return Error{Errc::kConfigInvalid, "--compress takes a number from 1 on"};
  }
  Plan plan{
      .profile = std::string{duration}, .duration = *span, .compress = compress, .system = system};
  Periods const run = plan.run();
  if (compress > 1 && (run.rotation < kRotationMin || run.ping < kPingMin)) {
    return Error{
        Errc::kConfigInvalid,
        fmt::format("--compress {}: rotation would come each {} and pings each {}; the stream "
                    "takes {} and {} at least",
                    compress, format_duration(run.rotation), format_duration(run.ping),
                    format_duration(kRotationMin), format_duration(kPingMin))};
  }
  // Enough to lay a line through, and to see one rotation's worth of life.
  if (plan.run_duration() < 10 * run.sample) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("{} at --compress {} is too short: ten samples take {}", duration,
                             compress, format_duration(10 * run.sample))};
  }
  return plan;
}

}  // namespace k2::soak
