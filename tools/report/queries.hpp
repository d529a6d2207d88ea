// The queries of a report to a Prometheus server: each fact's PromQL, and its grid. One table;
// docs/validation.md describes the use of each fact. Pure.
#pragma once

#include "tools/report/prometheus_reply.hpp"
#include "tools/report/series.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace k2::report {

/// The series of the queries.
struct Selection {
  std::string job = "k2";
  /// A regular expression.
  std::string instance = ".+";
};

enum class Grid : std::uint8_t {
  /// Every sample as it was scraped.
  kRaw,
  /// A value each minute.
  kMinute,
  /// A value each five minutes.
  kFiveMinutes,
  /// One at the end of each day, for that day; the last day may be shorter.
  kEachDay,
  /// One at the end of each full day.
  kDay,
  /// One at the end of the period, for all of it.
  kPeriod,
};

struct Query {
  std::string fact;
  /// $S is replaced by the selection's matchers, $D by the length of the period or day.
  std::string promql;
  Grid grid;
};

[[nodiscard]] std::vector<Query> const& queries();

/// Begins the name of a fact that counts the samples of another one, day by day.
inline constexpr std::string_view kCountPrefix = "count_";

/// The paths, with their query part, that together answer it; a server returns at most 11,000
/// values of a series per query.
[[nodiscard]] std::vector<std::string> targets_of(Query const& query, Selection const& selection,
                                                  Span span);

/// The answers of the server, by fact.
struct Answers {
  std::map<std::string, std::vector<Series>, std::less<>> series;
  std::vector<std::string> warnings;
};

}  // namespace k2::report
