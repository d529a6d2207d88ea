// The progress of a soak test: one line, rewritten on a terminal, repeated occasionally elsewhere.
// Pure except for show().
#pragma once

#include "tools/soak/record.hpp"

#include <string>

namespace k2::soak {

/// "24h: 35 % | 15:36:00 left | 24.3 MB | ...".
[[nodiscard]] std::string progress_text(Plan const& plan, double elapsed_s, Sample const& sample);

class ProgressLine {
 public:
  explicit ProgressLine(Plan const& plan);
  void show(double elapsed_s, Sample const& sample);
  /// A line that stays.
  void say(std::string const& text);

 private:
  Plan plan_;
  bool terminal_;
  bool drawn_ = false;
  double next_s_ = 0;
};

}  // namespace k2::soak
