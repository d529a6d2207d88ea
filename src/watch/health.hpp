// Whether the stream does its work, in two verdicts: alive, that is worth not being restarted, and
// ready, that is the tape flows into a journal that takes it. Pure.
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

/// What hangs for good, so that only a restart helps, as a sentence; empty when nothing does.
[[nodiscard]] std::string_view hanging(Snapshot const& snapshot, MonoTime now);

/// What keeps the stream from being ready, a sentence each; empty when it is.
[[nodiscard]] std::vector<std::string> unready_reasons(Snapshot const& snapshot, MonoTime now);

/// Whether nothing hangs.
[[nodiscard]] bool is_alive(Snapshot const& snapshot, MonoTime now);

}  // namespace k2::watch
