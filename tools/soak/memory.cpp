#include "tools/soak/memory.hpp"

#include "tools/soak/trend.hpp"
#include "watch/leak_score.hpp"

#include <algorithm>
#include <vector>

namespace k2::soak {
namespace {

using Hours = std::chrono::duration<double, std::ratio<3600>>;

double highest_leak_score(Record const& record, double warm_up_h) {
  double const compress = record.setup.plan.compress;
  double highest = 0;
  watch::LeakScore score;
  for (Sample const& sample : record.samples) {
    Hours const at{sample.elapsed_s * compress / 3600};
    score.sample(MonoTime{std::chrono::duration_cast<MonoClock::duration>(at)}, sample.rss_bytes);
    if (at.count() < warm_up_h) continue;
    highest = std::max(highest, compress > 1 ? score.score() : sample.leak_score);
  }
  return highest;
}

}  // namespace

MemoryFacts memory_facts(Record const& record) {
  Plan const& plan = record.setup.plan;
  double const warm_up_h = Hours{plan.warm_up()}.count();
  MemoryFacts facts;
  std::vector<Point> points;
  for (Sample const& sample : record.samples) {
    facts.most_mb = std::max(facts.most_mb, sample.rss_mb());
    double const hours = sample.elapsed_s * plan.compress / 3600;
    if (hours >= warm_up_h) points.push_back({.x = hours, .y = sample.rss_mb()});
  }
  if (points.size() < 2) return facts;
  facts.known = true;
  facts.first_mb = points.front().y;
  facts.last_mb = points.back().y;
  facts.growth_mb = facts.last_mb - facts.first_mb;
  facts.least_mb = std::ranges::min(points, {}, &Point::y).y;
  for (Point const& point : points) {
    facts.mean_mb += point.y / static_cast<double>(points.size());
  }
  Trend const trend = fit_line(points);
  facts.slope_mb_per_hour = trend.slope;
  facts.slope_growth_mb = trend.slope * Hours{plan.duration}.count();
  facts.fit = trend.fit;
  facts.leak_score = highest_leak_score(record, warm_up_h);
  return facts;
}

}  // namespace k2::soak
