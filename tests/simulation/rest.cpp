#include "tests/simulation/rest.hpp"

#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace k2::simulation {
namespace {

using std::chrono::milliseconds;

/// As the real client's.
constexpr milliseconds kTimeout{15'000};

Result<shard::RestReply> reply_of(sim::RestReply const& reply) {
  if (reply.cut) return Error{Errc::kHttpFailed, "cut"};
  shard::RestReply made;
  made.status = static_cast<int>(reply.status);
  made.body = reply.body;
  for (auto const& [name, text] : reply.headers) {
    auto const number = std::strtoull(text.c_str(), nullptr, 10);
    if (name == "x-mbx-used-weight-1m") made.used_weight = static_cast<std::uint32_t>(number);
    if (name == "Retry-After") made.retry_after = std::chrono::seconds{number};
  }
  return made;
}

}  // namespace

void Rest::get(std::string const& target, Handler handler) {
  if (clock_.mono < limited_until_) {
    throw OracleFailure{"retry_after", "asked again before the exchange's Retry-After is over"};
  }
  auto const way = milliseconds{5 + rng_.below(150)};
  if (rng_.chance(trouble_)) {
    bool const hangs = rng_.chance(0.3);
    Error const why{hangs ? Errc::kTimeout : Errc::kConnectFailed, "lost"};
    return queue_.at(clock_.mono + (hangs ? kTimeout : way),
                     [handler = std::move(handler), why] { handler(why); });
  }
  queue_.at(clock_.mono + way,
            [this, target, handler = std::move(handler)] { arrive(target, handler); });
}

void Rest::arrive(std::string const& target, Handler const& handler) {
  sim::RestReply reply = venue_.box().answer(
      {.method = "GET", .target = target, .client = "192.0.2.1", .time_unit = "MICROSECOND"},
      clock_.exchange());
  // Faults say this in other words; these are said to who really asked too much.
  if (reply.body.find("current limit is") != std::string::npos) {
    throw OracleFailure{"rest_weight", "the exchange's limit was passed"};
  }
  count_weight(reply);
  log_.say(fmt::format("rest {} {}", reply.status, target));
  if (rng_.chance(trouble_ / 2)) reply.body.resize(reply.body.size() / 2);
  auto const way = milliseconds{5 + rng_.below(150)};
  if (reply.delay > kTimeout) {
    return queue_.at(clock_.mono + kTimeout, [handler] { handler(Error{Errc::kTimeout}); });
  }
  queue_.at(clock_.mono + way + reply.delay, [this, handler, made = reply_of(reply)] {
    bool const limited = made && (made->status == 429 || made->status == 418);
    if (limited && made->retry_after) {
      limited_until_ = std::max(limited_until_, clock_.mono + *made->retry_after);
    }
    handler(made);
  });
}

/// A count that is smaller than the last one is of another minute.
void Rest::count_weight(sim::RestReply const& reply) {
  for (auto const& [name, text] : reply.headers) {
    if (name != "x-mbx-used-weight-1m") continue;
    auto const told = std::strtoull(text.c_str(), nullptr, 10);
    weight_ += told > weight_told_ ? told - weight_told_ : told;
    weight_told_ = told;
  }
}

}  // namespace k2::simulation
