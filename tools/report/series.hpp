// Series of samples as Prometheus gives them, and the arithmetic of a report over them: counters
// across restarts, quantiles, times observed, the rise of memory. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::report {

/// Units: seconds since 1970, UTC.
struct Sample {
  double at_s = 0;
  double value = 0;
  friend bool operator==(Sample const&, Sample const&) = default;
};
using Samples = std::vector<Sample>;

struct Series {
  std::map<std::string, std::string, std::less<>> labels;
  Samples samples;
  /// Times at which a sample was NaN or infinite; such a sample is not among the others.
  std::vector<double> not_numbers{};

  /// Empty when there is no such label.
  [[nodiscard]] std::string_view label(std::string_view name) const;
};

/// A stretch of time; its end is part of it, its beginning is not.
struct Span {
  double from_s = 0;
  double to_s = 0;

  [[nodiscard]] double seconds() const noexcept { return to_s - from_s; }
  [[nodiscard]] bool holds(double at_s) const noexcept { return at_s > from_s && at_s <= to_s; }
  friend bool operator==(Span const&, Span const&) = default;
};

inline constexpr double kDaySeconds = 86'400;

/// Pieces of 24 hours from its beginning; the last may be shorter.
[[nodiscard]] std::vector<Span> days_of(Span span);

/// The lives of a process, from its series of start times.
class Lives {
 public:
  Lives() = default;
  /// Samples whose values are start times, oldest first.
  explicit Lives(Samples starts);

  /// The start that was shown at that moment or last before it.
  [[nodiscard]] std::optional<double> start_at(double at_s) const;
  /// Returns the time at which the process was seen first.
  [[nodiscard]] std::optional<double> first_seen() const;
  /// Returns the number of restarts that became visible within the span.
  [[nodiscard]] std::size_t restarts(Span span) const;
  [[nodiscard]] Samples const& starts() const noexcept { return starts_; }

 private:
  Samples starts_;
};

/// Returns the growth of a counter up to each of its samples. A counter begins at 0 with the
/// process, so after a restart its whole value is growth. The same is true where the series itself
/// appears while the process was seen before or was started within the span; otherwise its first
/// value is only where counting begins.
[[nodiscard]] Samples growth(Samples const& counter, Lives const& lives, Span span);

/// The sum of values within the span; nothing when there is no sample in it.
[[nodiscard]] std::optional<double> sum_within(Samples const& samples, Span span);
[[nodiscard]] std::optional<double> mean_within(Samples const& samples, Span span);
[[nodiscard]] std::optional<double> most_within(Samples const& samples, Span span);
[[nodiscard]] std::optional<double> last_within(Samples const& samples, Span span);
[[nodiscard]] std::vector<double> values_within(Samples const& samples, Span span);

/// The value below which the part lies; nothing of nothing.
[[nodiscard]] std::optional<double> quantile(std::vector<double> values, double part);

/// The samples of several series in one, in the order of their times; at a time that several have,
/// one of them counts.
[[nodiscard]] Samples merged(std::vector<Series const*> const& series);

/// The time in which a state was seen, and in which it was good.
struct Seen {
  double observed_s = 0;
  double well_s = 0;
};

/// Each sample speaks for the time up to the next one, unless that is further away than 2.5 times
/// the usual distance: then for the usual distance only, and what follows was not observed.
[[nodiscard]] Seen time_seen(Samples const& state, Span span);

/// Resident memory hour by hour: the median of each hour of a life, its first hour left out, since
/// a process fills its buffers then.
struct MemoryHour {
  double at_s = 0;
  double bytes = 0;
  double life = 0;
};
[[nodiscard]] std::vector<MemoryHour> memory_hours(Samples const& bytes, Lives const& lives);
/// The largest rise from one hour to another, at most 24 hours later, of the same life, that ends
/// within the span; negative when it only fell, nothing when there are no two hours to compare.
/// Units: bytes.
[[nodiscard]] std::optional<double> memory_rise(std::vector<MemoryHour> const& hours, Span span);
/// The slope of the straight line through the hours of the span's longest life.
/// Units: bytes a day.
[[nodiscard]] std::optional<double> memory_slope(std::vector<MemoryHour> const& hours, Span span);

/// Returns the start of each run of samples: one that follows the last at more than `apart_s`
/// starts another.
[[nodiscard]] std::vector<double> run_begins(Samples const& samples, double apart_s);
/// The most of the instants that lie within 24 hours.
[[nodiscard]] std::size_t most_in_a_day(std::vector<double> instants);

/// Returns the lifetimes of connections in one place, from their age: where it falls, one ended.
/// Units: seconds.
[[nodiscard]] std::vector<double> lifetimes_of(Samples const& age, Span span);

}  // namespace k2::report
