// The resources that a bench program used: CPU time of the whole process, wall time, memory; and
// the JSON line in which every bench program reports.
#pragma once

#include <cstdint>
#include <string>

namespace k2::bench {

/// CPU and wall time from construction on.
class Stopwatch {
 public:
  Stopwatch();

  /// {"what":"...","frames":N,"wall_s":..,"cpu_s":..,"rss_kb":..,"rss_max_kb":..} and a line's end;
  /// `further` are members behind these, each with its comma.
  [[nodiscard]] std::string report(std::string const& what, std::uint64_t frames,
                                   std::string const& further = {}) const;

 private:
  double wall_s_;
  double cpu_s_;
};

}  // namespace k2::bench
