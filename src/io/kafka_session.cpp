#include "io/kafka_session.hpp"

#include "io/clock.hpp"
#include "io/kafka_topics.hpp"
#include "sink/notice_datum.hpp"
#include "sink/partition.hpp"
#include "sink/position_book.hpp"
#include "sink/trade_record.hpp"

#include <algorithm>
#include <utility>

namespace k2::io {
Result<KafkaSession> KafkaSession::open(KafkaOptions const& options,
                                        std::filesystem::path const& data_dir,
                                        sink::SerializerCache& serializers,
                                        std::function<bool()> give_up) {
  auto producer = KafkaProducer::open(options, std::move(give_up));
  if (!producer) return producer.error();
  if (auto const ready = ensure_topics(producer->raw(), options); !ready) return ready.error();
  KafkaSession session{options, {options, data_dir, serializers}, *std::move(producer)};
  if (auto const learned = session.schemas_.learn(); !learned) return learned.error();
  return session;
}

Result<void> KafkaSession::begin() {
  schemas_.recheck(read_clock().mono);
  return producer_.begin();
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
  schemas_.serializer(topic).frame(datum, framed_);
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
                                             std::optional<std::uint64_t> letters,
                                             std::span<sink::HangingNote const> compared) {
  for (sink::MovedPosition const& position : moved) {
    auto const value = sink::position_value(position.last, options_->process, position.sequence,
                                            *position.missing);
    auto const produced = producer_.produce(sink::DeliveryTopic::kPositions, position.partition,
                                            position.symbol, value);
    if (!produced) return produced;
  }
  for (sink::HangingNote const& note : compared) {
    // Without a value: the key is deleted.
    auto const produced = producer_.produce(sink::DeliveryTopic::kPositions, note.partition,
                                            sink::hanging_key(note), {});
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
