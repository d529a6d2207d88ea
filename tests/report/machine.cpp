#include "tests/report/machine.hpp"

#include <cmath>

namespace k2::tests {
namespace {

constexpr double kMb = 1 << 20;

std::uint64_t bytes(double mb) {
  return static_cast<std::uint64_t>(mb * kMb);
}

}  // namespace

void Machine::show(watch::Snapshot& snapshot) {
  watch::Process& process = snapshot.process;
  if (process.started != started_) {
    started_ = process.started;
    leak_score_ = {};
    durable_before_ = 0;
  }
  double const hours =
      std::chrono::duration<double, std::ratio<3600>>{snapshot.at.utc - started_}.count();
  // Buffers fill in the first hour or two; then it only breathes.
  double const mb =
      21 + 3 * (1 - std::exp(-hours)) + 0.4 * rng_.unit() + leaked_mb_per_hour_ * hours;
  process.rss_bytes = bytes(mb);
  process.vms_bytes = bytes(410);
  process.allocated_bytes = bytes(mb * 0.6);
  process.cpu = watch::Seconds{hours * 90};
  process.open_fds = 31;
  process.max_fds = 1024;
  leak_score_.sample(snapshot.at.mono, process.rss_bytes);
  process.leak_score = leak_score_.score();
  process.leak_mb_per_hour = leak_score_.mb_per_hour();
  snapshot.version = "0.1.0";
  snapshot.journal.bytes = bytes(64);
  snapshot.journal.disk_free = bytes(80'000);
  snapshot.journal.disk_size = bytes(100'000);

  // Kafka has what was durable a moment ago.
  auto& kafka = snapshot.kafka.emplace();
  std::uint64_t const durable = snapshot.tape.accepted - snapshot.journal.waiting_trades;
  kafka.produced = durable;
  kafka.commits = static_cast<std::uint64_t>(hours * 3'600 * 4);
  kafka.lag = lag_.note(durable, durable, snapshot.at.mono);
  kafka.serializers = 1;
}

}  // namespace k2::tests
