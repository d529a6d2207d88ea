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
  /// A longer way from the exchange is none: trades of another day are replayed.
  static constexpr double kExchangeMsMax = 60'000;

  /// Takes a point from the snapshot when one is due.
  void note(Snapshot const& snapshot);

  /// One JSON object of arrays of equal length: at, per_second, durable_ms, exchange_ms, missing,
  /// to_store, to_kafka, rss_mb, leak_score. What is not known is null: a latency where there was
  /// no trade, or from an exchange that replays an old day; Kafka's without Kafka.
  [[nodiscard]] std::string json() const;

 private:
  /// The number of trades, and the sum of their waits.
  struct Waited {
    std::uint64_t trades = 0;
    std::chrono::microseconds time{};
  };
  struct Point {
    double at = 0;
    double per_second = 0;
    std::optional<double> durable_ms;
    std::optional<double> exchange_ms;
    std::uint64_t missing = 0;
    std::uint64_t to_store = 0;
    std::optional<std::uint64_t> to_kafka;
    double rss_mb = 0;
    double leak_score = 0;
  };
  /// The values at the last point.
  struct Seen {
    MonoTime at;
    std::uint64_t accepted = 0;
    Waited durable;
    Waited exchange;
  };

  [[nodiscard]] static Waited waited(Histogram const& histogram);
  /// The mean wait of a trade between the two. Units: milliseconds.
  [[nodiscard]] static std::optional<double> mean_ms(Waited const& now, Waited const& before);

  Ring<Point> points_{kPointsMax};
  std::optional<Seen> seen_;
};

}  // namespace k2::watch
