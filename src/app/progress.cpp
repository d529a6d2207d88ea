#include "app/progress.hpp"

#include "io/log.hpp"
#include "io/terminal.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <unistd.h>

namespace k2::app {
namespace {

std::string clock_text(std::chrono::seconds running) {
  auto const total = running.count();
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

}  // namespace

std::string with_commas(std::uint64_t number) {
  auto text = fmt::format("{}", number);
  for (auto at = text.size(); at > 3; at -= 3) text.insert(at - 3, 1, ',');
  return text;
}

std::string format_progress(ProgressSnapshot const& snapshot, std::size_t columns) {
  auto const lines = fmt::format("{}/{} {}", snapshot.lines_live, snapshot.lines_wanted,
                                 snapshot.lines_wanted == 1 ? "line" : "lines");
  auto const gaps = fmt::format("{} {}", with_commas(snapshot.gaps_open),
                                snapshot.gaps_open == 1 ? "gap open" : "gaps open");
  // The parts are ordered by importance: those that do not fit are left out from the end.
  std::array const parts{
      with_commas(static_cast<std::uint64_t>(std::llround(snapshot.rate))) + " trades/s",
      with_commas(snapshot.accepted) + " accepted",
      lines,
      gaps,
      with_commas(snapshot.backfilled) + " backfilled",
      with_commas(snapshot.journal_waiting) + " to store",
      fmt::format("lag {} ms", snapshot.lag.count()),
      clock_text(snapshot.running),
  };
  std::string line;
  for (auto const& part : parts) {
    auto const added = (line.empty() ? 0 : 3) + part.size();
    if (line.size() + added > columns) break;
    line.append(line.empty() ? "" : " | ").append(part);
  }
  return line;
}

double RateMeter::sample(std::uint64_t count, MonoTime now) {
  if (samples_.full()) samples_.pop();
  K2_ASSERT(samples_.push({.count = count, .time = now}));
  auto const& first = samples_.front();
  auto const seconds = std::chrono::duration<double>{now - first.time}.count();
  if (seconds <= 0 || count < first.count) return 0;
  return static_cast<double>(count - first.count) / seconds;
}

void show_progress(ProgressSnapshot const& snapshot) {
  // The last column stays free: some terminals break the line when it is used.
  auto const columns = io::terminal_columns(STDERR_FILENO);
  if (columns) io::show_status(format_progress(snapshot, *columns - 1));
}

}  // namespace k2::app
