// Weeks that are not healthy, each made of the healthy one by what a snapshot would have shown
// then.
#pragma once

#include "watch/snapshot.hpp"

#include <chrono>
#include <span>
#include <string_view>

namespace k2::tests {

/// The result of a scrape.
enum class Look : std::uint8_t {
  kAnswered,
  /// The instance does not answer: up is 0.
  kDown,
  /// Prometheus itself does not run: nothing at all.
  kNobody,
};

struct Variant {
  std::string_view name;
  double leaked_mb_per_hour = 0;
  /// Changes what is shown so long after the week began.
  Look (*change)(watch::Snapshot& snapshot, std::chrono::minutes since) = nullptr;
};

[[nodiscard]] std::span<Variant const> variants();

}  // namespace k2::tests
