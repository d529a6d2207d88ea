#include "tools/soak/run/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <unistd.h>

namespace k2::soak {
namespace {

/// Number of lines in a log for a whole soak test.
constexpr double kLinesOfALog = 20;

}  // namespace

std::string progress_text(Plan const& plan, double elapsed_s, Sample const& sample) {
  double const whole = Seconds{plan.run_duration()}.count();
  auto const left = static_cast<long>(std::ceil(std::max(whole - elapsed_s, 0.0)));
  return fmt::format(
      "soak {}{}: {:.0f} % | {}:{:02}:{:02} left | {:.1f} MB | {:.0f} trades/s | {} rotations, "
      "{} drops, {} pings | {} ids missing",
      plan.profile, plan.compress > 1 ? fmt::format(" (compressed by {})", plan.compress) : "",
      std::min(100.0, 100 * elapsed_s / whole), left / 3600, left / 60 % 60, left % 60,
      sample.rss_mb(), sample.per_second, sample.rotated(), sample.drops(), sample.pings,
      sample.missing_ids);
}

ProgressLine::ProgressLine(Plan const& plan)
    : plan_(plan), terminal_(::isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(double elapsed_s, Sample const& sample) {
  if (!terminal_ && elapsed_s < next_s_) return;
  next_s_ = elapsed_s + Seconds{plan_.run_duration()}.count() / kLinesOfALog;
  auto const text = progress_text(plan_, elapsed_s, sample);
  if (terminal_) {
    std::cerr << "\r\x1b[K" << text << std::flush;
    drawn_ = true;
  } else {
    std::cerr << text << '\n';
  }
}

void ProgressLine::say(std::string const& text) {
  std::cerr << (drawn_ ? "\r\x1b[K" : "") << text << '\n';
  drawn_ = false;
}

}  // namespace k2::soak
