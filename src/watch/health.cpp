#include "watch/health.hpp"

namespace k2::watch {

bool is_alive(Snapshot const& snapshot, MonoTime now) {
  return now - snapshot.at.mono <= kSnapshotAgeMax;
}

std::vector<std::string> unready_reasons(Snapshot const& snapshot, MonoTime now) {
  std::vector<std::string> reasons;
  if (!is_alive(snapshot, now)) reasons.emplace_back("the stream's thread hangs");
  if (!snapshot.links.live) reasons.emplace_back("a connection that carries trades is not live");
  if (!snapshot.tape.admitting) reasons.emplace_back("the journal takes no more trades");
  if (snapshot.journal.failing) reasons.emplace_back("the journal's disk refuses to write");
  if (snapshot.kafka && snapshot.kafka->fenced) {
    reasons.emplace_back("Kafka's group has gone on without this process, which joins again");
  }
  if (snapshot.kafka && snapshot.kafka->lag > kDeliveryLagMax) {
    reasons.emplace_back("Kafka is behind");
  }
  return reasons;
}

}  // namespace k2::watch
