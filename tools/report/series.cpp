#include "tools/report/series.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace k2::report {
namespace {

constexpr double kHourSeconds = 3'600;
/// A pause of more than so many usual distances is one in which nobody looked.
constexpr double kPause = 2.5;
/// Fewer samples of an hour say nothing of it.
constexpr std::size_t kHourSamplesMin = 3;

auto first_after(Samples const& samples, double at_s) {
  return std::ranges::upper_bound(samples, at_s, {}, &Sample::at_s);
}

double usual_distance(Samples const& samples) {
  std::vector<double> distances;
  for (std::size_t at = 1; at < samples.size(); ++at) {
    distances.push_back(samples[at].at_s - samples[at - 1].at_s);
  }
  return quantile(std::move(distances), 0.5).value_or(0);
}

}  // namespace

std::string_view Series::label(std::string_view name) const {
  auto const found = labels.find(name);
  return found == labels.end() ? std::string_view{} : std::string_view{found->second};
}

std::vector<Span> days_of(Span span) {
  std::vector<Span> days;
  for (double at = span.from_s; at < span.to_s; at += kDaySeconds) {
    days.push_back({at, std::min(at + kDaySeconds, span.to_s)});
  }
  return days;
}

Lives::Lives(Samples starts) : starts_(std::move(starts)) {}

std::optional<double> Lives::start_at(double at_s) const {
  auto const after = first_after(starts_, at_s);
  if (after == starts_.begin()) return std::nullopt;
  return std::prev(after)->value;
}

std::optional<double> Lives::first_seen() const {
  if (starts_.empty()) return std::nullopt;
  return starts_.front().at_s;
}

std::size_t Lives::restarts(Span span) const {
  std::size_t count = 0;
  for (std::size_t at = 1; at < starts_.size(); ++at) {
    if (span.holds(starts_[at].at_s) && starts_[at].value != starts_[at - 1].value) ++count;
  }
  return count;
}

Samples growth(Samples const& counter, Lives const& lives, Span span) {
  Samples grown;
  for (std::size_t at = 0; at < counter.size(); ++at) {
    Sample const& now = counter[at];
    auto const start = lives.start_at(now.at_s);
    if (at == 0) {
      bool const young = start && *start >= span.from_s;
      bool const new_series = lives.first_seen() && *lives.first_seen() < now.at_s;
      grown.push_back({now.at_s, young || new_series ? now.value : 0});
      continue;
    }
    Sample const& before = counter[at - 1];
    bool const restarted = now.value < before.value || start != lives.start_at(before.at_s);
    grown.push_back({now.at_s, restarted ? now.value : now.value - before.value});
  }
  return grown;
}

std::vector<double> values_within(Samples const& samples, Span span) {
  std::vector<double> values;
  for (auto at = first_after(samples, span.from_s); at != samples.end() && at->at_s <= span.to_s;
       ++at) {
    values.push_back(at->value);
  }
  return values;
}

std::optional<double> sum_within(Samples const& samples, Span span) {
  auto const values = values_within(samples, span);
  if (values.empty()) return std::nullopt;
  double sum = 0;
  for (double const value : values) sum += value;
  return sum;
}

std::optional<double> mean_within(Samples const& samples, Span span) {
  auto const values = values_within(samples, span);
  auto const sum = sum_within(samples, span);
  return sum ? std::optional{*sum / static_cast<double>(values.size())} : std::nullopt;
}

std::optional<double> most_within(Samples const& samples, Span span) {
  auto const values = values_within(samples, span);
  if (values.empty()) return std::nullopt;
  return *std::ranges::max_element(values);
}

std::optional<double> last_within(Samples const& samples, Span span) {
  auto const values = values_within(samples, span);
  if (values.empty()) return std::nullopt;
  return values.back();
}

std::optional<double> quantile(std::vector<double> values, double part) {
  if (values.empty()) return std::nullopt;
  auto const at =
      static_cast<std::size_t>(std::lround(part * static_cast<double>(values.size() - 1)));
  std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(at));
  return values[at];
}

Samples merged(std::vector<Series const*> const& series) {
  Samples all;
  for (Series const* one : series) {
    all.insert(all.end(), one->samples.begin(), one->samples.end());
  }
  std::ranges::sort(all, {}, &Sample::at_s);
  auto const twice = std::ranges::unique(all, {}, &Sample::at_s);
  all.erase(twice.begin(), twice.end());
  return all;
}

Seen time_seen(Samples const& state, Span span) {
  Seen seen;
  double const usual = usual_distance(state);
  for (std::size_t at = 0; at < state.size(); ++at) {
    double until = state[at].at_s + usual;
    if (at + 1 < state.size() && state[at + 1].at_s - state[at].at_s <= kPause * usual) {
      until = state[at + 1].at_s;
    }
    double const shared = std::min(until, span.to_s) - std::max(state[at].at_s, span.from_s);
    if (shared <= 0) continue;
    seen.observed_s += shared;
    if (state[at].value > 0) seen.well_s += shared;
  }
  return seen;
}

std::vector<MemoryHour> memory_hours(Samples const& bytes, Lives const& lives) {
  std::vector<MemoryHour> hours;
  std::vector<double> values;
  double life = 0;
  double hour = -1;
  auto const close = [&] {
    if (hour >= 1 && values.size() >= kHourSamplesMin) {
      hours.push_back({life + (hour + 1) * kHourSeconds, *quantile(values, 0.5), life});
    }
    values.clear();
  };
  for (Sample const& sample : bytes) {
    auto const start = lives.start_at(sample.at_s);
    if (!start) continue;
    double const its_hour = std::floor((sample.at_s - *start) / kHourSeconds);
    if (*start != life || its_hour != hour) {
      close();
      life = *start;
      hour = its_hour;
    }
    values.push_back(sample.value);
  }
  close();
  return hours;
}

std::optional<double> memory_rise(std::vector<MemoryHour> const& hours, Span span) {
  std::optional<double> rise;
  for (std::size_t late = 0; late < hours.size(); ++late) {
    // The last hour of a span may end a little behind it.
    if (!span.holds(hours[late].at_s - kHourSeconds / 2)) continue;
    for (std::size_t early = late; early-- > 0;) {
      if (hours[early].life != hours[late].life) break;
      if (hours[late].at_s - hours[early].at_s > kDaySeconds) break;
      rise = std::max(rise.value_or(-1e18), hours[late].bytes - hours[early].bytes);
    }
  }
  return rise;
}

std::optional<double> memory_slope(std::vector<MemoryHour> const& hours, Span span) {
  std::map<double, std::vector<MemoryHour>> lives;
  for (MemoryHour const& hour : hours) {
    if (span.holds(hour.at_s)) lives[hour.life].push_back(hour);
  }
  std::vector<MemoryHour> longest;
  for (auto const& [start, life] : lives) {
    if (life.size() > longest.size()) longest = life;
  }
  if (longest.size() < 3) return std::nullopt;
  double const count = static_cast<double>(longest.size());
  double x_mean = 0;
  double y_mean = 0;
  for (MemoryHour const& hour : longest) {
    x_mean += hour.at_s / count;
    y_mean += hour.bytes / count;
  }
  double both = 0;
  double square = 0;
  for (MemoryHour const& hour : longest) {
    both += (hour.at_s - x_mean) * (hour.bytes - y_mean);
    square += (hour.at_s - x_mean) * (hour.at_s - x_mean);
  }
  return both / square * kDaySeconds;
}

std::vector<double> run_begins(Samples const& samples, double apart_s) {
  std::vector<double> begins;
  for (std::size_t at = 0; at < samples.size(); ++at) {
    if (at == 0 || samples[at].at_s - samples[at - 1].at_s > apart_s) {
      begins.push_back(samples[at].at_s);
    }
  }
  return begins;
}

std::size_t most_in_a_day(std::vector<double> instants) {
  std::ranges::sort(instants);
  std::size_t most = 0;
  std::size_t first = 0;
  for (std::size_t last = 0; last < instants.size(); ++last) {
    while (instants[last] - instants[first] >= kDaySeconds) ++first;
    most = std::max(most, last - first + 1);
  }
  return most;
}

std::vector<double> lifetimes_of(Samples const& age, Span span) {
  std::vector<double> lifetimes;
  for (std::size_t at = 1; at < age.size(); ++at) {
    Sample const& before = age[at - 1];
    Sample const& now = age[at];
    if (!span.holds(now.at_s) || now.value >= before.value) continue;
    // It ended somewhere between the two looks.
    lifetimes.push_back(before.value + (now.at_s - before.at_s) / 2);
  }
  return lifetimes;
}

}  // namespace k2::report
