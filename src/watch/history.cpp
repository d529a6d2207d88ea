#include "watch/history.hpp"

#include <nlohmann/json.hpp>

namespace k2::watch {
namespace {

using Json = nlohmann::ordered_json;

template <class Number>
Json or_null(std::optional<Number> const& number) {
  return number ? Json(*number) : Json();
}

}  // namespace

History::Waited History::waited(Histogram const& histogram) {
  return {.trades = histogram.count(), .time = histogram.sum()};
}

std::optional<double> History::mean_ms(Waited const& now, Waited const& before) {
  if (now.trades == before.trades) return std::nullopt;
  return std::chrono::duration<double, std::milli>{now.time - before.time}.count() /
         static_cast<double>(now.trades - before.trades);
}

void History::note(Snapshot const& snapshot) {
  if (seen_ && snapshot.at.mono - seen_->at < kSpacing) return;
  Seen const now{.at = snapshot.at.mono,
                 .accepted = snapshot.tape.accepted,
                 .durable = waited(snapshot.journal.receive_durable),
                 .exchange = waited(snapshot.tape.exchange_receive)};
  if (seen_) {
    if (points_.full()) points_.pop();
    double const seconds = Seconds{now.at - seen_->at}.count();
    Point point{.at = Seconds{snapshot.at.utc.time_since_epoch()}.count(),
                .per_second = static_cast<double>(now.accepted - seen_->accepted) / seconds,
                .durable_ms = mean_ms(now.durable, seen_->durable),
                .exchange_ms = mean_ms(now.exchange, seen_->exchange),
                .missing = snapshot.tape.missing_in_holes + snapshot.tape.missing_declared,
                .to_store = snapshot.journal.waiting_trades,
                .to_kafka = std::nullopt,
                .rss_mb = static_cast<double>(snapshot.process.rss_bytes) / (1 << 20),
                .leak_score = snapshot.process.leak_score};
    if (point.exchange_ms > kExchangeMsMax) point.exchange_ms.reset();
    if (snapshot.kafka) point.to_kafka = snapshot.kafka->lag_records;
    K2_ASSERT(points_.push(point));
  }
  seen_ = now;
}

std::string History::json() const {
  Json arrays;
  for (char const* name : {"at", "per_second", "durable_ms", "exchange_ms", "missing", "to_store",
                           "to_kafka", "rss_mb", "leak_score"}) {
    arrays[name] = Json::array();
  }
  for (std::size_t at = 0; at < points_.size(); ++at) {
    Point const& point = points_[at];
    arrays["at"].push_back(point.at);
    arrays["per_second"].push_back(point.per_second);
    arrays["durable_ms"].push_back(or_null(point.durable_ms));
    arrays["exchange_ms"].push_back(or_null(point.exchange_ms));
    arrays["missing"].push_back(point.missing);
    arrays["to_store"].push_back(point.to_store);
    arrays["to_kafka"].push_back(or_null(point.to_kafka));
    arrays["rss_mb"].push_back(point.rss_mb);
    arrays["leak_score"].push_back(point.leak_score);
  }
  return arrays.dump();
}

}  // namespace k2::watch
