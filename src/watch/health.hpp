// The health of the stream, in two verdicts: alive, which means that no restart is needed, and
// ready, which means that the tape flows into a journal that accepts it. Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace k2::watch {

/// The stream publishes each second; without it for this long its thread hangs. Chosen: above any
/// stall that heals by itself.
inline constexpr std::chrono::seconds kSnapshotAgeMax{15};

/// Delivery that is farther behind does not keep up. Chosen: above a restart of a broker.
inline constexpr std::chrono::seconds kDeliveryLagMax{60};

/// The threads of the journal and of Kafka go round each few seconds, also while the disk or the
/// brokers are away. Chosen: above the longest chain of waits that nothing interrupts, for topics
/// to be made and described: some three minutes.
inline constexpr std::chrono::minutes kTurnedMax{5};

/// The permanent hang that only a restart ends, as a sentence; empty without one.
[[nodiscard]] std::string_view hanging(Snapshot const& snapshot, MonoTime now);

/// The reasons why the stream is not ready, a sentence each; empty when it is.
[[nodiscard]] std::vector<std::string> unready_reasons(Snapshot const& snapshot, MonoTime now);

/// True when nothing hangs.
[[nodiscard]] bool is_alive(Snapshot const& snapshot, MonoTime now);

}  // namespace k2::watch
