// One life of the connection to Kafka: the topics looked at, the schema known, a producer that has
// aborted what its predecessor left open. Opened anew after every failure; the membership in the
// group outlives it. One thread.
#pragma once

#include "core/result.hpp"
#include "io/journal_tables.hpp"
#include "io/kafka_group.hpp"
#include "io/kafka_options.hpp"
#include "io/kafka_producer.hpp"
#include "io/topic_schemas.hpp"
#include "sink/notices.hpp"
#include "sink/serializer_cache.hpp"
#include "sink/topic_tapes.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

/// What is committed together with the trades.
struct KafkaCommit {
  std::span<sink::MovedPosition const> moved;
  std::span<sink::DeclaredGap const> gaps;
  std::span<NumberedLetter const> letters;
};

class KafkaSession {
 public:
  /// `serializers` outlives it. Blocks; then `give_up` is asked.
  /// Errors: kConfigInvalid, kKafkaFailed, kTimeout, and the registry's.
  [[nodiscard]] static Result<KafkaSession> open(KafkaOptions const& options,
                                                 std::filesystem::path const& data_dir,
                                                 sink::SerializerCache& serializers,
                                                 std::function<bool()> give_up);

  /// Begins a transaction; asks the registry for a schema's id again when that is due.
  [[nodiscard]] Result<void> begin();
  /// Puts a record into the open transaction, as it is or with the condition LATE.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout, kDataCorrupt.
  [[nodiscard]] Result<void> produce(std::string_view symbol, std::string_view datum,
                                     bool mark_late);
  /// Commits it together with what stands beside the trades, if the group vouches for us. False
  /// when it is in doubt what became of the transactions before it: it is to be aborted.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout.
  [[nodiscard]] Result<bool> commit(KafkaCommit const& what, KafkaGroup const& group);
  /// True after a failure that says that nothing of the transaction is or will be visible.
  [[nodiscard]] bool can_abort() const noexcept { return producer_.can_abort(); }
  [[nodiscard]] Result<void> abort() { return producer_.abort(); }

 private:
  KafkaSession(KafkaOptions const& options, TopicSchemas schemas, KafkaProducer producer)
      : options_(&options), schemas_(std::move(schemas)), producer_(std::move(producer)) {}
  [[nodiscard]] Result<void> produce(KafkaTopic topic, std::int32_t partition, std::string_view key,
                                     std::string_view datum);
  [[nodiscard]] Result<void> produce_gaps(std::span<sink::DeclaredGap const> gaps);
  [[nodiscard]] Result<void> produce_letters(std::span<NumberedLetter const> letters);
  [[nodiscard]] Result<void> produce_positions(KafkaCommit const& what);

  KafkaOptions const* options_;
  TopicSchemas schemas_;
  KafkaProducer producer_;
  std::string datum_;
  std::string framed_;
  std::string late_;
  std::vector<std::int32_t> touched_;
};

}  // namespace k2::io
