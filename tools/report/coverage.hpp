// The shares of a period in which each fact was measured, from the server's own counts of samples.
// A criterion that was measured for less than 99 % of the period is unknown. Pure.
#pragma once

#include "tools/report/queries.hpp"
#include "tools/report/series.hpp"

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace k2::report {

struct Share {
  /// The measured share of all the time, 0 to 1.
  double of_time = 0;
  /// The share of the answered scrapes that had this fact, 0 to 1; a scrape can leave facts out.
  double of_scrapes = 0;
  /// A sample was NaN or infinite: its day counts as not measured.
  bool damaged = false;
};

class Shares {
 public:
  void add(std::string fact, Share share) { shares_[std::move(fact)] = share; }
  /// The least of these facts; nothing was measured of a fact that is not known.
  [[nodiscard]] Share least(std::initializer_list<std::string_view> facts) const;

 private:
  std::map<std::string, Share, std::less<>> shares_;
};

/// The shares of each day and of all of them together. `up` are the raw samples of the target: only
/// a scrape that was answered has samples of facts.
struct DailyShares {
  std::vector<Shares> days;
  Shares whole;
};
[[nodiscard]] DailyShares shares_of(Answers const& answers, std::string_view instance,
                                    Samples const& up, Span span);

/// The share of the minutes of all symbols that the stream's audit judged.
[[nodiscard]] Share audited(Samples const& judged, Samples const& symbols, Span span);

}  // namespace k2::report
