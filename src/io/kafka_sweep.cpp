#include "io/kafka_sweep.hpp"

#include "io/kafka_producer.hpp"
#include "io/log.hpp"

#include <numeric>
#include <vector>

namespace k2::io {
namespace {

/// Of no symbol; readers of what is committed never see it.
constexpr char const* kKey = "/swept";

Result<void> touch_everything(KafkaProducer& producer, KafkaOptions const& options,
                              KafkaGroup const& group) {
  std::vector<std::int32_t> partitions(static_cast<std::size_t>(options.partitions));
  std::iota(partitions.begin(), partitions.end(), 0);
  for (std::size_t topic = 0; topic < kKafkaTopics; ++topic) {
    for (std::int32_t const partition : partitions) {
      auto const put = producer.produce(static_cast<KafkaTopic>(topic), partition, kKey, {});
      if (!put) return put;
    }
  }
  // An abort takes back what is still queued, and then partitions would be missing in it.
  if (auto const there = producer.flush(); !there) return there;
  return producer.vouch(*group.offsets(partitions), *group.member());
}

Result<void> sweep_for(KafkaOptions const& options, KafkaGroup const& group,
                       std::function<bool()> const& give_up) {
  auto producer = KafkaProducer::open(options, give_up);
  if (!producer) return producer.error();
  if (auto const taken = producer->take_over(); !taken) return taken;
  if (auto const begun = producer->begin(); !begun) return begun;
  auto const touched = touch_everything(*producer, options, group);
  auto const aborted = producer->abort();
  return touched ? aborted : touched;
}

}  // namespace

void log_unknown_hanging(KafkaOptions const& options) {
  log_event(LogLevel::kError, "kafka.hanging_unknown",
            {{"topic", options.topic},
             {"reason", "unknown_producer"},
             {"action",
              "find the transaction with kafka-transactions.sh find-hanging and end it "
              "with abort: docs/kafka/guarantees.md, Known limitations"}});
}

Result<void> sweep(KafkaOptions const& options, std::set<std::string> const& journals,
                   KafkaGroup const& group, std::function<bool()> const& give_up) {
  KafkaOptions theirs = options;
  theirs.transactions = true;
  for (std::string const& journal : journals) {
    theirs.process = journal;
    if (auto const swept = sweep_for(theirs, group, give_up); !swept) return swept;
  }
  return {};
}

}  // namespace k2::io
