// The settings of Kafka, typed.
#pragma once

#include "app/config.hpp"
#include "app/flags.hpp"
#include "core/result.hpp"
#include "io/kafka_options.hpp"

#include <memory>
#include <optional>
#include <string_view>

namespace k2::app {

/// Errors: kConfigInvalid, naming key and origin: a registry's URL without scheme, settings that
/// librdkafka does not know or on which K2's guarantees depend.
[[nodiscard]] Result<io::KafkaOptions> kafka_options(Config const& config);

/// Adds the flags of a command that reads a data directory or a topic.
[[nodiscard]] std::shared_ptr<Flags> add_store_flags(CLI::App& command);
/// The topic that a command reads. What is wrong with the settings is printed and nothing comes
/// back: the caller exits with kExitUsage.
[[nodiscard]] std::optional<io::KafkaOptions> find_topic(Flags const& flags,
                                                         std::string_view command);

}  // namespace k2::app
