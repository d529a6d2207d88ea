// The effects of a deleted topic on a world. Source: docs/kafka/operations.md, Changes by others.
#include "tests/simulation/kafka/world.hpp"
#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

namespace k2::simulation::kafka {

/// Deletes a topic. Its readers have read what was visible. No request in flight when the topic is
/// created again is older than the deletion.
void KafkaWorld::delete_topic() {
  int const topic = *plan_.deleted_topic;
  oracles_.read();
  log_.say(fmt::format("topic {} is deleted", topic));
  cluster_.delete_topic(topic);
  oracles_.on_deleted(topic);
  later(Network::kLatestCopy + milliseconds{4'000}, [this] { create_topic_again(); });
}

/// K2 creates gaps and dead letters itself. An operator creates the topic of trades, to continue;
/// positions that are created again are refused.
void KafkaWorld::create_topic_again() {
  int const topic = *plan_.deleted_topic;
  bool const by_operator = topic == kTrades || topic == kPositions;
  if (!by_operator || clock_.mono < plan_.deleted_at) return;
  if (cluster_.exists({topic, 0})) return;
  log_.say(fmt::format("topic {} is created again", topic));
  if (topic == kPositions) oracles_.expect_refusal();
  cluster_.create_topic(topic, oracles_.partitions());
}

/// Checks that a refused delivery is reported.
void KafkaWorld::check_refusal() const {
  if (!oracles_.is_refusal_expected()) return;
  for (auto const& process : processes_) {
    if (process->refusals() > 0) return;
  }
  throw OracleFailure{"refused", "the positions were created again, and no process refuses them"};
}

}  // namespace k2::simulation::kafka
