#include "watch/health.hpp"

namespace k2::watch {

std::string_view hanging(Snapshot const& snapshot, MonoTime now) {
  if (now - snapshot.at.mono > kSnapshotAgeMax) return "the stream's thread hangs";
  if (snapshot.journal.turned > kTurnedMax) return "the journal's thread hangs";
  if (snapshot.kafka && snapshot.kafka->turned > kTurnedMax) return "Kafka's thread hangs";
  return {};
}

bool is_alive(Snapshot const& snapshot, MonoTime now) {
  return hanging(snapshot, now).empty();
}

std::vector<std::string> unready_reasons(Snapshot const& snapshot, MonoTime now) {
  std::vector<std::string> reasons;
  if (auto const part = hanging(snapshot, now); !part.empty()) reasons.emplace_back(part);
  if (!snapshot.links.live) reasons.emplace_back("a connection that carries trades is not live");
  if (!snapshot.tape.admitting) reasons.emplace_back("the journal takes no more trades");
  if (snapshot.journal.lost) {
    reasons.emplace_back("the journal's file was deleted or replaced; the stream stops by itself");
  }
  if (snapshot.journal.failing && !snapshot.journal.lost)
    reasons.emplace_back("the journal's disk refuses to write");
  if (snapshot.tape.restarted > 0) {
    reasons.emplace_back("the exchange's trade ids have started over; see TapeIdsRestarted");
  }
  if (snapshot.kafka && snapshot.kafka->fenced) {
    reasons.emplace_back("fenced by the consumer group, rejoining");
  }
  if (snapshot.kafka && snapshot.kafka->lag > kDeliveryLagMax) {
    reasons.emplace_back("Kafka is behind");
  }
  return reasons;
}

}  // namespace k2::watch
