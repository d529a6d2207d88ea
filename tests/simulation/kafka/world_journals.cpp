// The faults of journals in a world with Kafka, after which the topic lacks trades that no
// journal holds. Only ids behind a trade that the topic has are found to be missing, so these
// faults spare symbols that the topic does not know yet.
#include "tests/simulation/kafka/world.hpp"

#include <fmt/format.h>

#include <chrono>

namespace k2::simulation::kafka {

using std::chrono::seconds;

namespace {

/// Records of the largest damaged block.
constexpr std::uint64_t kDamagedMax = 40;
/// Time without any answering broker for a process that starts with a new journal: longer than it
/// waits for the group before it records.
constexpr seconds kWithoutBrokers{8};

}  // namespace

void KafkaWorld::strike_journal(Process& process) {
  switch (only_.value_or(static_cast<JournalFault>(rng_.below(3)))) {
    case JournalFault::kReplaced:
      return lose_journal(process);
    case JournalFault::kDamaged:
      return process.damage_journal(1 + rng_.below(kDamagedMax), oracles_.known_symbols());
    case JournalFault::kRetired:
      if (oracles_.known_symbols().size() == published_.size()) process.retire_records();
  }
}

/// Transactions may hang under the name of the journal. Nobody opens a producer by this name any
/// more, so the next owner of the partitions has to end them.
void KafkaWorld::lose_journal(Process& process) {
  if (oracles_.known_symbols().size() < published_.size()) return;
  if (!has(Behaviour::kForgottenMarkers) || rng_.chance(0.5)) return replace_journal(process);
  forget_markers();
  later(milliseconds{50} + up_to(200), [this, &process] { replace_journal(process); });
}

void KafkaWorld::replace_journal(Process& process) {
  process.kill(0);
  process.replace_journal(fmt::format("p{}-{}", process.number(), ++lost_journals_));
  log_.say("all brokers die");
  for (int one = 0; one < kBrokers; ++one) cluster_.set_down(one, true);
  later(kWithoutBrokers + up_to(4'000), [this] {
    for (int one = 0; one < kBrokers; ++one) cluster_.set_down(one, false);
  });
  process.start(clock_.now());
}

}  // namespace k2::simulation::kafka
