// The ids under which the schema registry knows the schemas of K2's topics: queried when a
// connection to Kafka is new, and again while it is in use, since a registry can be wiped or
// replaced. An id that has changed is used from then on. One thread.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "io/kafka_options.hpp"
#include "io/kafka_producer.hpp"
#include "sink/schema_pace.hpp"
#include "sink/serializer_cache.hpp"

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace k2::io {

class TopicSchemas {
 public:
  /// `options` and `serializers` outlive it.
  TopicSchemas(KafkaOptions const& options, std::filesystem::path data_dir,
               sink::SerializerCache& serializers);

  /// Learns the id of each schema that has no serializer yet. When the registry is down, ids that
  /// it gave earlier for the same URL are used. Blocks for as long as the registry takes.
  /// Errors: those of register_schema().
  [[nodiscard]] Result<void> learn();
  /// Queries one id again when that is due. Blocks for a second at most; a registry that does not
  /// answer changes nothing.
  void recheck(MonoTime now);
  /// Returns what goes in front of each datum of the topic.
  [[nodiscard]] sink::Serializer const& serializer(sink::DeliveryTopic topic);

 private:
  struct Subject {
    std::string name;
    std::string_view schema;
    std::int32_t id = -1;
  };
  [[nodiscard]] Result<std::int32_t> learn(Subject const& subject, bool& registry_is_down) const;
  static void log_changed_id(std::string_view subject, std::int32_t before, std::int32_t after);
  void remember(Subject const& subject, std::int32_t id) const;

  KafkaOptions const* options_;
  std::filesystem::path data_dir_;
  sink::SerializerCache* serializers_;
  std::array<Subject, 3> subjects_;
  sink::SchemaPace pace_;
};

}  // namespace k2::io
