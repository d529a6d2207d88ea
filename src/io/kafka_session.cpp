#include "io/kafka_session.hpp"

#include "io/kafka_topics.hpp"
#include "io/log.hpp"
#include "io/schema_registry.hpp"
#include "sink/notice_datum.hpp"
#include "sink/notice_schemas.hpp"
#include "sink/partition.hpp"
#include "sink/position_book.hpp"
#include "sink/trade_record.hpp"
#include "sink/trade_schema.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace k2::io {
namespace {

/// Learns the ids of schemas; once the registry was found to be down it is not asked again.
class SchemaIds {
 public:
  SchemaIds(RegistryOptions const& registry, std::filesystem::path const& data_dir)
      : registry_(registry), known_(data_dir) {}

  Result<std::int32_t> learn(std::string const& subject, std::string_view schema) {
    auto const earlier = known_.find(subject, schema);
    if (down_ && earlier >= 0) return earlier;
    auto id = register_schema(registry_, subject, schema);
    if (id) {
      if (*id != earlier) remember(subject, schema, *id);
      return id;
    }
    if (earlier < 0 || id.error().code == Errc::kRegistryRefused) return id;
    log_event(LogLevel::kWarn, "registry.down",
              {{"why", id.error().to_string()}, {"instead", "the ids it gave earlier"}});
    down_ = true;
    return earlier;
  }

 private:
  void remember(std::string const& subject, std::string_view schema, std::int32_t id) const {
    auto const kept = known_.remember(subject, schema, id);
    if (kept) return;
    log_event(LogLevel::kWarn, "registry.not_remembered", {{"why", kept.error().to_string()}});
  }

  RegistryOptions const& registry_;
  KnownSchemas known_;
  bool down_ = false;
};

}  // namespace

Result<KafkaSession> KafkaSession::open(KafkaOptions const& options,
                                        std::filesystem::path const& data_dir,
                                        sink::SerializerCache& serializers,
                                        std::function<bool()> give_up) {
  auto producer = KafkaProducer::open(options, std::move(give_up));
  if (!producer) return producer.error();
  if (auto const ready = ensure_topics(producer->raw(), options); !ready) return ready.error();
  KafkaSession session{options, serializers, *std::move(producer)};
  if (auto const learned = session.learn_schemas(data_dir); !learned) return learned.error();
  return session;
}

/// Makes sure that there is something to put in front of each datum.
Result<void> KafkaSession::learn_schemas(std::filesystem::path const& data_dir) {
  SchemaIds ids{options_->registry, data_dir};
  for (auto const& [topic, name, schema] :
       {std::tuple{sink::DeliveryTopic::kTrades, options_->topic, sink::trade_schema()},
        {sink::DeliveryTopic::kGaps, options_->gaps_topic(), sink::gap_schema()},
        {sink::DeliveryTopic::kDeadLetters, options_->letters_topic(),
         sink::dead_letter_schema()}}) {
    Subject& subject = subjects_[static_cast<std::size_t>(topic)];
    subject.name = KafkaOptions::subject(name);
    if (auto const* const known = serializers_->find(subject.name); known != nullptr) {
      subject.schema_id = known->schema_id;
      continue;
    }
    auto const id = ids.learn(subject.name, schema);
    if (!id) return id.error();
    subject.schema_id = *id;
    serializers_->insert(subject.name, *id);
  }
  return {};
}

Result<void> KafkaSession::produce(std::string_view symbol, std::string_view datum,
                                   bool mark_late) {
  if (mark_late) {
    if (!sink::mark_late(datum, late_)) {
      return Error{Errc::kDataCorrupt, "a record of the journal cannot be marked LATE"};
    }
    datum = late_;
  }
  return produce(sink::DeliveryTopic::kTrades, sink::partition_of(symbol, options_->partitions),
                 symbol, datum);
}

Result<void> KafkaSession::produce(sink::DeliveryTopic topic, std::int32_t partition,
                                   std::string_view key, std::string_view datum) {
  Subject const& subject = subjects_[static_cast<std::size_t>(topic)];
  auto const* serializer = serializers_->find(subject.name);
  if (serializer == nullptr) serializer = &serializers_->insert(subject.name, subject.schema_id);
  serializer->frame(datum, framed_);
  return producer_.produce(topic, partition, key, framed_);
}

Result<void> KafkaSession::produce_gaps(std::span<sink::DeclaredGap const> gaps) {
  for (sink::DeclaredGap const& gap : gaps) {
    datum_.clear();
    sink::append_gap(gap, options_->process, datum_);
    auto const said =
        produce(sink::DeliveryTopic::kGaps, sink::partition_of(gap.symbol, options_->partitions),
                gap.symbol, datum_);
    if (!said) return said;
  }
  return {};
}

Result<void> KafkaSession::produce_letters(std::span<NumberedLetter const> letters) {
  for (NumberedLetter const& one : letters) {
    datum_.clear();
    sink::append_dead_letter(one.letter, options_->process, one.number, datum_);
    auto const symbol = sink::symbol_in(one.letter.bytes);
    auto const said = produce(sink::DeliveryTopic::kDeadLetters,
                              sink::partition_of(symbol, options_->partitions), symbol, datum_);
    if (!said) return said;
  }
  return {};
}

Result<void> KafkaSession::produce_positions(std::span<sink::MovedPosition const> moved,
                                             std::optional<std::uint64_t> letters) {
  for (sink::MovedPosition const& position : moved) {
    auto const value = sink::position_value(position.last, options_->process, position.sequence,
                                            *position.missing);
    auto const produced = producer_.produce(sink::DeliveryTopic::kPositions, position.partition,
                                            position.symbol, value);
    if (!produced) return produced;
  }
  if (!letters) return {};
  auto const key = sink::letter_key(options_->process);
  return producer_.produce(sink::DeliveryTopic::kPositions,
                           sink::partition_of(key, options_->partitions), key,
                           sink::letter_value(*letters));
}

Result<sink::Progress> KafkaSession::send_offsets(std::span<std::int32_t const> partitions,
                                                  KafkaGroup const& group) {
  return producer_.send_offsets(*group.offsets(partitions), *group.member());
}

}  // namespace k2::io
