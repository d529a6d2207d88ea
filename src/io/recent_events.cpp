#include "io/recent_events.hpp"

#include <utility>

namespace k2::io {

void RecentEvents::add(std::string line) {
  std::scoped_lock const lock{mutex_};
  if (lines_.size() == kEventsMax) lines_.pop_front();
  lines_.push_back(std::move(line));
}

std::string RecentEvents::json() const {
  std::scoped_lock const lock{mutex_};
  std::string array = "[";
  for (std::string const& line : lines_) array.append(array.size() > 1 ? "," : "").append(line);
  return array.append("]");
}

RecentEvents& recent_events() {
  static RecentEvents events;
  return events;
}

}  // namespace k2::io
