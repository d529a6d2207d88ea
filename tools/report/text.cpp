#include "tools/report/text.hpp"

#include "core/iso_time.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>

namespace k2::report {

std::string count_text(double count) {
  auto text = std::to_string(std::llround(std::abs(count)));
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return count < -0.5 ? "-" + text : text;
}

std::string percent_text(double part, int places) {
  // Never rounded up to a whole that it is not.
  double const scale = std::pow(10, places);
  double const shown = part < 1 ? std::floor(part * 100 * scale) / scale : part * 100;
  return fmt::format("{:.{}f} %", shown, places);
}

std::string seconds_text(double seconds) {
  if (seconds >= 2 * 3'600) {
    auto const minutes = std::llround(seconds / 60);
    return minutes % 60 == 0 ? fmt::format("{} h", minutes / 60)
                             : fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  if (seconds >= 120) return fmt::format("{:.0f} min", seconds / 60);
  if (seconds >= 1) return fmt::format("{:.3g} s", seconds);
  if (seconds >= 1e-3) return fmt::format("{:.3g} ms", seconds * 1e3);
  return seconds > 0 ? fmt::format("{:.3g} us", seconds * 1e6) : "0 s";
}

std::string mb_text(double bytes) {
  return fmt::format("{:.1f} MB", bytes / (1 << 20));
}

std::string decimal_text(double value, int places) {
  return fmt::format("{:.{}f}", value, places);
}

std::string time_text(double at_s) {
  auto const text = print_iso_time(UtcTime{std::chrono::seconds{std::llround(at_s)}});
  return text.substr(0, 10) + " " + text.substr(11, 5);
}

std::string day_text(double at_s) {
  auto const text = time_text(at_s);
  return text.ends_with("00:00") ? text.substr(0, 10) : text;
}

}  // namespace k2::report
