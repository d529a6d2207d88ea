// The settings of Kafka, typed.
#pragma once

#include "app/config.hpp"
#include "core/result.hpp"
#include "io/kafka_options.hpp"

namespace k2::app {

/// Errors: kConfigInvalid, naming key and origin: a registry's URL without scheme, settings of
/// librdkafka that are no name=value or that K2's promises stand on.
[[nodiscard]] Result<io::KafkaOptions> kafka_options(Config const& config);

}  // namespace k2::app
