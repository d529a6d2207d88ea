#include "io/kafka_session.hpp"

#include "core/assert.hpp"
#include "io/kafka_topics.hpp"
#include "io/log.hpp"
#include "io/schema_registry.hpp"
#include "sink/partition.hpp"
#include "sink/position_book.hpp"
#include "sink/trade_record.hpp"
#include "sink/trade_schema.hpp"

#include <algorithm>
#include <utility>

namespace k2::io {
namespace {

/// Makes sure that there is something to put in front of a datum.
Result<void> learn_schema(KafkaOptions const& options, std::filesystem::path const& data_dir,
                          sink::SerializerCache& serializers) {
  std::string const subject = options.subject();
  if (serializers.find(subject) != nullptr) return {};
  KnownSchemas const known{data_dir};
  auto const id = register_schema(options.registry, subject, sink::trade_schema());
  if (id) {
    serializers.insert(subject, *id);
    auto const kept = known.remember(subject, sink::trade_schema(), *id);
    if (!kept) {
      log_event(LogLevel::kWarn, "registry.not_remembered", {{"why", kept.error().to_string()}});
    }
    return {};
  }
  auto const earlier = known.find(subject, sink::trade_schema());
  if (earlier < 0 || id.error().code == Errc::kRegistryRefused) return id.error();
  log_event(LogLevel::kWarn, "registry.down",
            {{"why", id.error().to_string()}, {"instead", "the id it gave earlier"}});
  serializers.insert(subject, earlier);
  return {};
}

}  // namespace

Result<KafkaSession> KafkaSession::open(KafkaOptions const& options,
                                        std::filesystem::path const& data_dir,
                                        sink::SerializerCache& serializers,
                                        std::function<bool()> give_up) {
  auto producer = KafkaProducer::open(options, std::move(give_up));
  if (!producer) return producer.error();
  if (auto const ready = ensure_topics(producer->raw(), options); !ready) return ready.error();
  if (auto const learned = learn_schema(options, data_dir, serializers); !learned) {
    return learned.error();
  }
  if (auto const taken = producer->take_over(); !taken) return taken.error();
  return KafkaSession{options, serializers, *std::move(producer)};
}

Result<void> KafkaSession::produce(std::string_view symbol, std::string_view datum,
                                   bool mark_late) {
  if (mark_late) {
    if (!sink::mark_late(datum, late_)) {
      return Error{Errc::kDataCorrupt, "a record of the journal cannot be marked LATE"};
    }
    datum = late_;
  }
  auto const* const serializer = serializers_->find(options_->subject());
  K2_ASSERT(serializer != nullptr);
  serializer->frame(datum, framed_);
  return producer_.produce(KafkaTopic::kTrades, sink::partition_of(symbol, options_->partitions),
                           symbol, framed_);
}

Result<void> KafkaSession::commit(std::span<sink::MovedPosition const> moved,
                                  KafkaGroup const& group) {
  // Without transactions a position must not be durable before its trades.
  if (auto const sealed = producer_.seal(); !sealed) return sealed;
  touched_.clear();
  for (sink::MovedPosition const& position : moved) {
    auto const said = producer_.produce(KafkaTopic::kPositions, position.partition, position.symbol,
                                        sink::position_value(position.last, options_->process,
                                                             position.sequence, *position.missing));
    if (!said) return said;
    touched_.push_back(position.partition);
  }
  std::ranges::sort(touched_);
  touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
  if (options_->transactions) {
    auto const vouched = producer_.vouch(*group.offsets(touched_), *group.member());
    if (!vouched) return vouched;
  }
  return producer_.commit();
}

}  // namespace k2::io
