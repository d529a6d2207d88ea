// The last hour, a point each ten seconds, for the status page's charts. Pure; bounded; the watch
// server's thread.
#pragma once

#include "core/ring.hpp"
#include "watch/snapshot.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>

namespace k2::watch {

class History {
 public:
  static constexpr std::chrono::seconds kSpacing{10};
  static constexpr std::size_t kPointsMax = 360;

  /// Takes a point from the snapshot when one is due.
  void note(Snapshot const& snapshot);

  /// One JSON object of arrays of equal length: at, per_second, durable_ms, missing, rss_mb,
  /// leak_score. durable_ms is null where nothing was stored.
  [[nodiscard]] std::string json() const;

 private:
  struct Point {
    double at = 0;
    double per_second = 0;
    std::optional<double> durable_ms;
    std::uint64_t missing = 0;
    double rss_mb = 0;
    double leak_score = 0;
  };
  /// What the last point saw.
  struct Seen {
    MonoTime at;
    std::uint64_t accepted = 0;
    std::uint64_t durable = 0;
    std::chrono::microseconds waited{};
  };

  Ring<Point> points_{kPointsMax};
  std::optional<Seen> seen_;
};

}  // namespace k2::watch
