// One life of the connection to Kafka: the topics looked at, the schema known, a producer that has
// aborted what its predecessor left open. Opened anew after every failure; the membership in the
// group outlives it. One thread.
#pragma once

#include "core/result.hpp"
#include "io/kafka_group.hpp"
#include "io/kafka_options.hpp"
#include "io/kafka_producer.hpp"
#include "sink/serializer_cache.hpp"
#include "sink/topic_tapes.hpp"

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace k2::io {

class KafkaSession {
 public:
  /// `serializers` outlives it. Blocks; then `give_up` is asked.
  /// Errors: kConfigInvalid, kKafkaFailed, kTimeout, and the registry's.
  [[nodiscard]] static Result<KafkaSession> open(KafkaOptions const& options,
                                                 std::filesystem::path const& data_dir,
                                                 sink::SerializerCache& serializers,
                                                 std::function<bool()> give_up);

  [[nodiscard]] Result<void> begin() { return producer_.begin(); }
  /// Puts a record into the open transaction, as it is or with the condition LATE.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout, kDataCorrupt.
  [[nodiscard]] Result<void> produce(std::string_view symbol, std::string_view datum,
                                     bool mark_late);
  /// Commits it together with the positions that it moves, if the group vouches for us.
  /// Errors: kKafkaFenced, kKafkaFailed, kTimeout.
  [[nodiscard]] Result<void> commit(std::span<sink::MovedPosition const> moved,
                                    KafkaGroup const& group);
  /// True after a failure that says that nothing of the transaction is or will be visible.
  [[nodiscard]] bool can_abort() const noexcept { return producer_.can_abort(); }
  [[nodiscard]] Result<void> abort() { return producer_.abort(); }

 private:
  KafkaSession(KafkaOptions const& options, sink::SerializerCache& serializers,
               KafkaProducer producer)
      : options_(&options), serializers_(&serializers), producer_(std::move(producer)) {}

  KafkaOptions const* options_;
  sink::SerializerCache* serializers_;
  KafkaProducer producer_;
  std::string framed_;
  std::string late_;
  std::vector<std::int32_t> touched_;
};

}  // namespace k2::io
