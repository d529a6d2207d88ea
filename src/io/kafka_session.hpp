// One producer with everything that its records need: topics that were checked and the ids of the
// schemas. A new session is opened after every failure; the membership in the group outlives it.
// One thread.
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
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

class KafkaSession {
 public:
  /// Opens a producer, checks or creates the topics and learns the schema ids. `serializers`
  /// outlives the session. Blocks; `give_up` is called meanwhile.
  /// Errors: kConfigInvalid, kKafkaFailed, kTimeout, and the registry's.
  [[nodiscard]] static Result<KafkaSession> open(KafkaOptions const& options,
                                                 std::filesystem::path const& data_dir,
                                                 sink::SerializerCache& serializers,
                                                 std::function<bool()> give_up);

  /// Initialises a new producer epoch; nothing else may be called before it is done.
  /// Errors: kKafkaFailed.
  [[nodiscard]] Result<sink::Progress> take_over() { return producer_.take_over(); }

  /// Starts a transaction; queries the registry for a schema's id again when that is due.
  [[nodiscard]] Result<void> begin();
  /// Queues a record of the journal, as it is or with the condition LATE.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout, kDataCorrupt.
  [[nodiscard]] Result<void> produce(std::string_view symbol, std::string_view datum,
                                     bool mark_late);
  [[nodiscard]] Result<void> produce_gaps(std::span<sink::DeclaredGap const> gaps);
  [[nodiscard]] Result<void> produce_letters(std::span<NumberedLetter const> letters);
  [[nodiscard]] Result<void> produce_positions(std::span<sink::MovedPosition const> moved,
                                               std::optional<std::uint64_t> letters,
                                               std::span<sink::HangingNote const> compared);
  /// Errors: kKafkaFenced, kKafkaFailed.
  [[nodiscard]] Result<sink::Progress> flush() { return producer_.flush(); }
  [[nodiscard]] Result<sink::Progress> send_offsets(std::span<std::int32_t const> partitions,
                                                    KafkaGroup const& group);
  [[nodiscard]] Result<sink::Progress> commit() { return producer_.commit(); }
  [[nodiscard]] Result<sink::Progress> abort() { return producer_.abort(); }
  /// Returns true after a failure which means that nothing of the transaction is or will be
  /// visible.
  [[nodiscard]] bool can_abort() const noexcept { return producer_.can_abort(); }
  [[nodiscard]] bool is_ambiguous() const noexcept { return producer_.is_ambiguous(); }

 private:
  KafkaSession(KafkaOptions const& options, TopicSchemas schemas, KafkaProducer producer)
      : options_(&options), schemas_(std::move(schemas)), producer_(std::move(producer)) {}
  [[nodiscard]] Result<void> produce(sink::DeliveryTopic topic, std::int32_t partition,
                                     std::string_view key, std::string_view datum);

  KafkaOptions const* options_;
  TopicSchemas schemas_;
  KafkaProducer producer_;
  std::string datum_;
  std::string framed_;
  std::string late_;
};

}  // namespace k2::io
