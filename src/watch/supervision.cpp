#include "watch/supervision.hpp"

#include "watch/health.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace k2::watch {
namespace {

std::string status_of(Snapshot const& snapshot, std::vector<std::string> const& unready) {
  if (!unready.empty()) return fmt::format("not ready: {}", fmt::join(unready, "; "));
  return fmt::format("recording {} symbols", snapshot.tape.symbols.size());
}

}  // namespace

std::string Supervision::tell(Snapshot const& snapshot, bool reloading, MonoTime now) {
  if (stopped_) return {};
  std::string text;
  auto const unready = unready_reasons(snapshot, now);
  if (!ready_ && unready.empty()) {
    ready_ = true;
    text += "READY=1\n";
  } else if (ready_ && reloading && !reloading_) {
    // Source: sd_notify(3), the time is for Type=notify-reload.
    text +=
        fmt::format("RELOADING=1\nMONOTONIC_USEC={}\n",
                    std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch()).count());
    reloading_ = true;
  } else if (reloading_ && !reloading) {
    text += "READY=1\n";
    reloading_ = false;
  }
  if (auto status = status_of(snapshot, unready); status != status_) {
    status_ = std::move(status);
    text += fmt::format("STATUS={}\n", status_);
  }
  bool const due = watchdog_ && (!lived_ || now - *lived_ >= *watchdog_ / 2);
  if (due && is_alive(snapshot, now)) {
    lived_ = now;
    text += "WATCHDOG=1\n";
  }
  return text;
}

std::string Supervision::stop() {
  if (stopped_) return {};
  stopped_ = true;
  return "STOPPING=1\nSTATUS=storing the last trades\n";
}

}  // namespace k2::watch
