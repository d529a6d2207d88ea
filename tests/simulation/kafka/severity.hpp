// The reaction of a client to each error code of a broker, after librdkafka 2.0.2.
#pragma once

#include "tests/simulation/kafka/behaviour.hpp"
#include "tests/simulation/kafka/protocol.hpp"

#include <cstdint>

namespace k2::simulation::kafka {

/// The consequence of an error code.
enum class Severity : std::uint8_t {
  kNone,
  /// The request is repeated.
  kRetriable,
  /// The transaction is to be aborted.
  kAbortable,
  /// Abortable, and the producer needs a new epoch for it.
  kNeedsEpoch,
  /// The producer is of no use any more.
  kFatal,
};

/// Classifies an error as librdkafka 2.0.2 does.
[[nodiscard]] Severity severity_of(Api api, ErrorCode code, bool transactional) noexcept;
/// Returns the behaviour that an injected error belongs to.
[[nodiscard]] Behaviour error_class_of(Api api, ErrorCode code, bool transactional) noexcept;
/// True when the product reports the error as one by which another client has taken over.
[[nodiscard]] bool is_fencing(ErrorCode code) noexcept;

}  // namespace k2::simulation::kafka
