#include "tests/report/variants.hpp"

#include <array>
#include <cmath>

namespace k2::tests {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;

/// Within so long from the hour of the day, days counted from 0.
bool within(minutes since, int day, minutes from, minutes length) {
  minutes const begin = days{day} + from;
  return since >= begin && since < begin + length;
}

void add(watch::CountsBy& counts, std::string_view label, std::uint64_t more) {
  for (auto& [name, count] : counts) {
    if (name == label) count += more;
  }
}

/// Returns how many of so many evenly spaced events of a day have happened; counters stay up
/// afterwards,
/// until the process is restarted in the middle of the week.
std::uint64_t happened(minutes since, int day, std::uint64_t events) {
  if (since < days{day} || (day < 3 && since >= hours{84})) return 0;
  double const part = std::chrono::duration<double, std::ratio<86400>>{since - days{day}}.count();
  return static_cast<std::uint64_t>(std::min(1.0, part) * static_cast<double>(events));
}

Look same(watch::Snapshot&, minutes) {
  return Look::kAnswered;
}

Look down_short(watch::Snapshot&, minutes since) {
  return within(since, 2, hours{9}, minutes{50}) ? Look::kDown : Look::kAnswered;
}

Look down_long(watch::Snapshot&, minutes since) {
  return within(since, 2, hours{9}, minutes{90}) ? Look::kDown : Look::kAnswered;
}

/// The broker hangs for five minutes, four times in one night.
Look alarms(watch::Snapshot& snapshot, minutes since) {
  for (int const hour : {1, 3, 5, 7}) {
    if (within(since, 4, hours{hour}, minutes{5})) snapshot.kafka->lag = watch::Seconds{200};
  }
  return Look::kAnswered;
}

Look behind(watch::Snapshot& snapshot, minutes since) {
  if (within(since, 4, hours{3}, minutes{2})) snapshot.kafka->lag = watch::Seconds{75};
  return Look::kAnswered;
}

/// One alarm in the week, and nothing else: the configuration was wrong for some minutes.
Look alarm(watch::Snapshot& snapshot, minutes since) {
  snapshot.links.tls_verified = !within(since, 1, hours{3}, minutes{4});
  return Look::kAnswered;
}

Look incomplete(watch::Snapshot& snapshot, minutes since) {
  if (since >= days{5}) add(snapshot.tape.audit_minutes, "incomplete", 1);
  return Look::kAnswered;
}

/// Ids declared missing on the last evening have not returned when the week ends.
Look missing(watch::Snapshot& snapshot, minutes since) {
  if (since < days{6} + hours{22}) return Look::kAnswered;
  snapshot.tape.missing_declared += 37;
  snapshot.tape.gaps_declared += 1;
  add(snapshot.tape.gap_changes, "open", 1);
  return Look::kAnswered;
}

Look tls(watch::Snapshot& snapshot, minutes since) {
  // All within one look, as a certificate that is wrong makes them.
  std::uint64_t const failures = since >= days{5} + hours{5} ? 6 : 0;
  add(snapshot.links.errors, "tls_certificate", failures);
  snapshot.links.attempts += failures;
  return Look::kAnswered;
}

Look quiet(watch::Snapshot& snapshot, minutes) {
  for (auto& symbol : snapshot.tape.symbols) symbol.received /= 2;
  return Look::kAnswered;
}

Look reconnects(watch::Snapshot& snapshot, minutes since) {
  add(snapshot.links.reconnects, "no_data", happened(since, 1, 14));
  return Look::kAnswered;
}

Look no_rotations(watch::Snapshot& snapshot, minutes) {
  for (auto& [reason, count] : snapshot.links.rotations) count /= 6;
  return Look::kAnswered;
}

Look few_pings(watch::Snapshot& snapshot, minutes) {
  snapshot.links.pings /= 2;
  return Look::kAnswered;
}

Look hole(watch::Snapshot&, minutes since) {
  return within(since, 5, hours{2}, hours{6}) ? Look::kNobody : Look::kAnswered;
}

constexpr std::array kVariants{
    Variant{"healthy", 0, same},
    Variant{"leak-slow", 3, same},
    Variant{"leak-fast", 6, same},
    Variant{"down-short", 0, down_short},
    Variant{"down-long", 0, down_long},
    Variant{"alarms", 0, alarms},
    Variant{"alarm", 0, alarm},
    Variant{"behind", 0, behind},
    Variant{"incomplete", 0, incomplete},
    Variant{"missing", 0, missing},
    Variant{"tls", 0, tls},
    Variant{"quiet", 0, quiet},
    Variant{"reconnects", 0, reconnects},
    Variant{"no-rotations", 0, no_rotations},
    Variant{"few-pings", 0, few_pings},
    Variant{"hole", 0, hole},
};

}  // namespace

std::span<Variant const> variants() {
  return kVariants;
}

}  // namespace k2::tests
