// A fault with details that make sense, drawn from a seed: what `random kinds=...` does. Pure.
#pragma once

#include "core/rng.hpp"
#include "tools/sim/fault_spec.hpp"

namespace k2::sim {

/// A fault of this kind that starts immediately and ends by itself.
[[nodiscard]] FaultSpec random_fault(FaultKind kind, Rng& rng);

}  // namespace k2::sim
