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
  if (auto const taken = session.producer_.take_over(); !taken) return taken.error();
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
  return produce(KafkaTopic::kTrades, sink::partition_of(symbol, options_->partitions), symbol,
                 datum);
}

Result<void> KafkaSession::produce(KafkaTopic topic, std::int32_t partition, std::string_view key,
                                   std::string_view datum) {
  schemas_.serializer(topic).frame(datum, framed_);
  return producer_.produce(topic, partition, key, framed_);
}

Result<void> KafkaSession::produce_gaps(std::span<sink::DeclaredGap const> gaps) {
  for (sink::DeclaredGap const& gap : gaps) {
    datum_.clear();
    sink::append_gap(gap, options_->process, datum_);
    auto const said =
        produce(KafkaTopic::kGaps, sink::partition_of(gap.symbol, options_->partitions), gap.symbol,
                datum_);
    if (!said) return said;
  }
  return {};
}

Result<void> KafkaSession::produce_letters(std::span<NumberedLetter const> letters) {
  for (NumberedLetter const& one : letters) {
    datum_.clear();
    sink::append_dead_letter(one.letter, options_->process, one.number, datum_);
    auto const symbol = sink::symbol_in(one.letter.bytes);
    auto const said = produce(KafkaTopic::kLetters,
                              sink::partition_of(symbol, options_->partitions), symbol, datum_);
    if (!said) return said;
  }
  return {};
}

Result<void> KafkaSession::produce_positions(KafkaCommit const& what) {
  touched_.clear();
  for (sink::MovedPosition const& position : what.moved) {
    auto const said = producer_.produce(KafkaTopic::kPositions, position.partition, position.symbol,
                                        sink::position_value(position.last, options_->process,
                                                             position.sequence, *position.missing));
    if (!said) return said;
    touched_.push_back(position.partition);
  }
  std::ranges::sort(touched_);
  touched_.erase(std::ranges::unique(touched_).begin(), touched_.end());
  if (what.letters.empty()) return {};
  auto const key = sink::letter_key(options_->process);
  return producer_.produce(KafkaTopic::kPositions, sink::partition_of(key, options_->partitions),
                           key, sink::letter_value(what.letters.back().number));
}

Result<bool> KafkaSession::commit(KafkaCommit const& what, KafkaGroup const& group) {
  if (auto const said = produce_gaps(what.gaps); !said) return said.error();
  if (auto const said = produce_letters(what.letters); !said) return said.error();
  // Without transactions a position must not be durable before what it stands for.
  if (auto const sealed = producer_.seal(); !sealed) return sealed.error();
  if (auto const said = produce_positions(what); !said) return said.error();
  if (options_->transactions && !touched_.empty()) {
    auto const vouched = producer_.vouch(*group.offsets(touched_), *group.member());
    if (!vouched) return vouched.error();
  }
  if (producer_.is_in_doubt()) return false;
  if (auto const done = producer_.commit(); !done) return done.error();
  return true;
}

}  // namespace k2::io
