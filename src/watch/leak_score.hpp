// Scores how likely the process leaks memory. A straight line is fitted to the newest memory
// samples: the score is its slope (50 MB an hour is 1) times the quality of the fit, so that noise
// and sawtooth score little. Pure: gets the time and the memory as arguments; io/stream_watch
// samples.
#pragma once

#include "core/ring.hpp"
#include "core/time.hpp"

#include <cstddef>
#include <cstdint>

namespace k2::watch {

class LeakScore {
 public:
  /// The number of samples below which there is no score.
  static constexpr std::size_t kSamplesMin = 10;
  /// The number of newest samples that count: an hour of them at one each 30 s.
  static constexpr std::size_t kSamplesMax = 120;
  /// The growth that is called a leak for certain. Units: MB (2^20 bytes) per hour.
  static constexpr double kLeakMbPerHour = 50;

  /// Units: bytes of resident memory at this moment.
  void sample(MonoTime now, std::uint64_t rss_bytes);

  /// 0 (no leak) to 1 (a steady growth of at least kLeakMbPerHour).
  [[nodiscard]] double score() const noexcept { return score_; }
  /// The slope of the line; 0 while there are too few samples. Units: MB per hour.
  [[nodiscard]] double mb_per_hour() const noexcept { return mb_per_hour_; }

 private:
  struct Sample {
    double hours = 0;
    double mb = 0;
  };
  void fit();

  Ring<Sample> samples_{kSamplesMax};
  double score_ = 0;
  double mb_per_hour_ = 0;
};

}  // namespace k2::watch
