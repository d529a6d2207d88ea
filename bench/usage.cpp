#include "bench/usage.hpp"

#include <fmt/format.h>

#include <ctime>
#include <fstream>
#include <string>

namespace k2::bench {
namespace {

double seconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

/// A number of /proc/self/status. Units: kB.
std::uint64_t status_kb(std::string const& name) {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    std::uint64_t number = 0;
    if (word == name && status >> number) return number;
  }
  return 0;
}

}  // namespace

Stopwatch::Stopwatch()
    : wall_s_(seconds(CLOCK_MONOTONIC)), cpu_s_(seconds(CLOCK_PROCESS_CPUTIME_ID)) {}

std::string Stopwatch::report(std::string const& what, std::uint64_t frames,
                              std::string const& further) const {
  return fmt::format(
      R"({{"what":"{}","frames":{},"wall_s":{:.6f},"cpu_s":{:.6f},"rss_kb":{},"rss_max_kb":{}{}}})"
      "\n",
      what, frames, seconds(CLOCK_MONOTONIC) - wall_s_, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_s_,
      status_kb("VmRSS:"), status_kb("VmHWM:"), further);
}

}  // namespace k2::bench
