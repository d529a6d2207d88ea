#include "io/kafka_sweep.hpp"

#include "io/kafka_producer.hpp"
#include "io/log.hpp"

#include <chrono>
#include <numeric>
#include <vector>

namespace k2::io {
namespace {

/// Of no symbol; readers of what is committed never see it.
constexpr char const* kKey = "/swept";

Result<void> touch_everything(KafkaProducer& producer, KafkaOptions const& options,
                              KafkaGroup const& group, std::function<bool()> const& give_up) {
  std::vector<std::int32_t> partitions(static_cast<std::size_t>(options.partitions));
  std::iota(partitions.begin(), partitions.end(), 0);
  for (std::size_t topic = 0; topic < sink::kDeliveryTopics; ++topic) {
    for (std::int32_t const partition : partitions) {
      auto const put =
          producer.produce(static_cast<sink::DeliveryTopic>(topic), partition, kKey, {});
      if (!put) return put;
    }
  }
  // An abort takes back what is still queued, and then partitions would be missing in it.
  auto const flushed = repeat_while_pending([&] { return producer.flush(); }, give_up);
  if (!flushed) return flushed;
  auto const offsets = group.offsets(partitions);
  auto const member = group.member();
  return repeat_while_pending([&] { return producer.send_offsets(*offsets, *member); }, give_up);
}

/// Time limit of each request. Chosen: less than the group waits for a member to poll
/// (io/kafka_group).
constexpr std::chrono::seconds kRequestTimeout{30};

Result<void> sweep_for(KafkaOptions const& options, KafkaGroup const& group,
                       std::function<bool()> const& give_up) {
  auto const until = std::chrono::steady_clock::now() + kRequestTimeout;
  auto const out_of_time = [&] { return give_up() || std::chrono::steady_clock::now() >= until; };
  auto producer = KafkaProducer::open(options, out_of_time);
  if (!producer) return producer.error();
  auto const taken = repeat_while_pending([&] { return producer->take_over(); }, out_of_time);
  if (!taken) return taken;
  if (auto const started = producer->begin(); !started) return started;
  auto const touched = touch_everything(*producer, options, group, out_of_time);
  auto const aborted = repeat_while_pending([&] { return producer->abort(); }, out_of_time);
  return touched ? aborted : touched;
}

}  // namespace

Result<void> write_notes(KafkaOptions const& options, std::span<sink::HangingNote const> notes,
                         std::function<bool()> const& give_up) {
  auto const until = std::chrono::steady_clock::now() + kRequestTimeout;
  auto const out_of_time = [&] { return give_up() || std::chrono::steady_clock::now() >= until; };
  KafkaOptions plain = options;
  plain.transactions = false;
  auto producer = KafkaProducer::open(plain, out_of_time);
  if (!producer) return producer.error();
  if (auto const started = producer->begin(); !started) return started;
  for (sink::HangingNote const& note : notes) {
    auto const produced = producer->produce(sink::DeliveryTopic::kPositions, note.partition,
                                            sink::hanging_key(note), sink::hanging_value(note));
    if (!produced) return produced;
  }
  return repeat_while_pending([&] { return producer->flush(); }, out_of_time);
}

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
