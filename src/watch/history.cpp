#include "watch/history.hpp"

#include <nlohmann/json.hpp>

namespace k2::watch {
namespace {

/// What was waited in one interval, a trade. Units: milliseconds.
std::optional<double> mean_ms(std::chrono::microseconds waited, std::uint64_t trades) {
  if (trades == 0) return std::nullopt;
  return std::chrono::duration<double, std::milli>{waited}.count() / static_cast<double>(trades);
}

}  // namespace

void History::note(Snapshot const& snapshot) {
  if (seen_ && snapshot.at.mono - seen_->at < kSpacing) return;
  Seen const now{.at = snapshot.at.mono,
                 .accepted = snapshot.tape.accepted,
                 .durable = snapshot.journal.receive_durable.count(),
                 .waited = snapshot.journal.receive_durable.sum()};
  if (seen_) {
    if (points_.full()) points_.pop();
    double const seconds = Seconds{now.at - seen_->at}.count();
    K2_ASSERT(points_.push(
        {.at = Seconds{snapshot.at.utc.time_since_epoch()}.count(),
         .per_second = static_cast<double>(now.accepted - seen_->accepted) / seconds,
         .durable_ms = mean_ms(now.waited - seen_->waited, now.durable - seen_->durable),
         .missing = snapshot.tape.missing_in_holes + snapshot.tape.missing_declared,
         .rss_mb = static_cast<double>(snapshot.process.rss_bytes) / (1 << 20),
         .leak_score = snapshot.process.leak_score}));
  }
  seen_ = now;
}

std::string History::json() const {
  nlohmann::ordered_json arrays;
  for (char const* name : {"at", "per_second", "durable_ms", "missing", "rss_mb", "leak_score"}) {
    arrays[name] = nlohmann::ordered_json::array();
  }
  for (std::size_t at = 0; at < points_.size(); ++at) {
    Point const& point = points_[at];
    arrays["at"].push_back(point.at);
    arrays["per_second"].push_back(point.per_second);
    arrays["durable_ms"].push_back(point.durable_ms ? nlohmann::ordered_json(*point.durable_ms)
                                                    : nlohmann::ordered_json());
    arrays["missing"].push_back(point.missing);
    arrays["rss_mb"].push_back(point.rss_mb);
    arrays["leak_score"].push_back(point.leak_score);
  }
  return arrays.dump();
}

}  // namespace k2::watch
