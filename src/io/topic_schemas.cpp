#include "io/topic_schemas.hpp"

#include "core/assert.hpp"
#include "io/log.hpp"
#include "io/schema_registry.hpp"
#include "sink/notice_schemas.hpp"
#include "sink/trade_schema.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace k2::io {
namespace {

/// Maximum time that trades wait for a repeated query of the registry. Chosen: it answers in
/// milliseconds, and a transaction may take longer than this.
constexpr std::chrono::milliseconds kRecheckPatience{1'000};

/// Returns the index of the topic's subject in the list; positions have no schema.
std::size_t place_of(sink::DeliveryTopic topic) {
  switch (topic) {
    case sink::DeliveryTopic::kTrades:
      return 0;
    case sink::DeliveryTopic::kGaps:
      return 1;
    case sink::DeliveryTopic::kDeadLetters:
      return 2;
    case sink::DeliveryTopic::kPositions:
      break;
  }
  K2_ASSERT(false);
  return 0;
}

}  // namespace

TopicSchemas::TopicSchemas(KafkaOptions const& options, std::filesystem::path data_dir,
                           sink::SerializerCache& serializers)
    : options_(&options),
      data_dir_(std::move(data_dir)),
      serializers_(&serializers),
      subjects_{{{KafkaOptions::subject(options.topic), sink::trade_schema()},
                 {KafkaOptions::subject(options.gaps_topic()), sink::gap_schema()},
                 {KafkaOptions::subject(options.letters_topic()), sink::dead_letter_schema()}}},
      pace_(subjects_.size()) {}

Result<void> TopicSchemas::learn() {
  bool registry_is_down = false;
  for (Subject& subject : subjects_) {
    if (auto const* const known = serializers_->find(subject.name); known != nullptr) {
      subject.id = known->schema_id;
      continue;
    }
    auto const id = learn(subject, registry_is_down);
    if (!id) return id.error();
    subject.id = *id;
    serializers_->insert(subject.name, *id);
  }
  return {};
}

/// Registers a schema. A registry that is down is not queried for the other subjects.
Result<std::int32_t> TopicSchemas::learn(Subject const& subject, bool& registry_is_down) const {
  KnownSchemas const known{data_dir_, options_->registry.url};
  auto const earlier = known.find(subject.name, subject.schema);
  if (registry_is_down && earlier >= 0) return earlier;
  auto const id = register_schema(options_->registry, subject.name, subject.schema);
  if (id) {
    if (*id == earlier) return id;
    if (earlier >= 0) log_changed_id(subject.name, earlier, *id);
    remember(subject, *id);
    return id;
  }
  if (earlier < 0 || id.error().code == Errc::kRegistryRefused) return id;
  log_event(LogLevel::kWarn, "registry.down",
            {{"error", id.error().to_string()}, {"action", "using the ids that it gave earlier"}});
  registry_is_down = true;
  return earlier;
}

void TopicSchemas::recheck(MonoTime now) {
  auto const due = pace_.due(now);
  if (!due) return;
  Subject& subject = subjects_[*due];
  RegistryOptions registry = options_->registry;
  registry.timeout = std::min(registry.timeout, kRecheckPatience);
  auto const id = register_schema(registry, subject.name, subject.schema);
  pace_.on_asked(id.has_value(), now);
  if (!id) {
    log_event_limited(LogLevel::kWarn, "registry.unchecked", subject.name,
                      {{"subject", subject.name},
                       {"schema_id", subject.id},
                       {"error", id.error().to_string()},
                       {"action", "the known id stays in use; it is queried again later"}});
    return;
  }
  if (*id == subject.id) return;
  log_changed_id(subject.name, subject.id, *id);
  subject.id = *id;
  serializers_->insert(subject.name, *id);
  remember(subject, *id);
}

void TopicSchemas::log_changed_id(std::string_view subject, std::int32_t before,
                                  std::int32_t after) {
  log_event(LogLevel::kWarn, "registry.schema_id_changed",
            {{"subject", subject},
             {"schema_id_before", before},
             {"schema_id", after},
             {"action",
              "check that the registry still has the schema of the id before: records "
              "that are in the topic name it"}});
}

void TopicSchemas::remember(Subject const& subject, std::int32_t id) const {
  KnownSchemas const known{data_dir_, options_->registry.url};
  auto const kept = known.remember(subject.name, subject.schema, id);
  if (kept) return;
  log_event(LogLevel::kWarn, "registry.not_saved", {{"error", kept.error().to_string()}});
}

sink::Serializer const& TopicSchemas::serializer(sink::DeliveryTopic topic) {
  Subject const& subject = subjects_[place_of(topic)];
  auto const* const held = serializers_->find(subject.name);
  return held != nullptr ? *held : serializers_->insert(subject.name, subject.id);
}

}  // namespace k2::io
