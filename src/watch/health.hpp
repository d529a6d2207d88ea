// Whether the stream does its work, in two verdicts: alive, that is worth not being restarted, and
// ready, that is the tape flows into a journal that takes it. Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace k2::watch {

/// The stream publishes each second; without it for this long its thread hangs. Chosen: above any
/// stall that heals by itself.
inline constexpr std::chrono::seconds kSnapshotAgeMax{15};

/// Delivery that is farther behind does not keep up. Chosen: above a restart of a broker.
inline constexpr std::chrono::seconds kDeliveryLagMax{60};

/// What keeps the stream from being ready, a sentence each; empty when it is.
[[nodiscard]] std::vector<std::string> unready_reasons(Snapshot const& snapshot, MonoTime now);

/// Whether the stream's thread goes on.
[[nodiscard]] bool is_alive(Snapshot const& snapshot, MonoTime now);

}  // namespace k2::watch
