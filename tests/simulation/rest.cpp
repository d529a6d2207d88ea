#include "tests/simulation/rest.hpp"

#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace k2::simulation {
namespace {

using std::chrono::milliseconds;

/// The timeout of the real client.
constexpr milliseconds kTimeout{15'000};

/// Weight of /trades and of /historicalTrades: K2 requests nothing else here.
constexpr std::uint64_t kRequestWeight = 25;
/// A count that comes this soon after a minute's border may be of the minute before.
constexpr std::chrono::seconds kBorder{5};
constexpr char const* kAddress = "192.0.2.1";

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
  pause_.check("a REST request", clock_.mono);
  if (known_.minute != minute()) known_ = {.minute = minute()};
  known_.own += kRequestWeight;
  known_.since += kRequestWeight;
  bool const too_much = knows_too_much();
  auto const way = milliseconds{5 + rng_.below(150)};
  if (rng_.chance(trouble_)) {
    bool const hangs = rng_.chance(0.3);
    Error const why{hangs ? Errc::kTimeout : Errc::kConnectFailed, "lost"};
    return queue_.at(clock_.mono + (hangs ? kTimeout : way),
                     [handler = std::move(handler), why] { handler(why); });
  }
  queue_.at(clock_.mono + way, [this, target, too_much, handler = std::move(handler)] {
    arrive(target, too_much, handler);
  });
}

void Rest::arrive(std::string const& target, bool too_much, Handler const& handler) {
  sim::RestReply reply = venue_.box().answer({.method = "GET",
                                              .target = venue_.defects().target(target),
                                              .client = kAddress,
                                              .time_unit = "MICROSECOND"},
                                             clock_.exchange());
  venue_.defects().change(target, reply);
  // Faults use another text; this one goes to an address that really requested too much.
  bool const is_divided = shares_weight_ && minute() != started_in_;
  if ((too_much || is_divided) && reply.body.find("current limit is") != std::string::npos) {
    throw OracleFailure{"rest_weight", "the exchange's limit was passed"};
  }
  count_weight(reply);
  log_.say(fmt::format("rest {} {}", reply.status, target));
  if (rng_.chance(trouble_ / 2)) reply.body.resize(reply.body.size() / 2);
  auto const way = milliseconds{5 + rng_.below(150)};
  if (reply.delay > kTimeout) {
    return queue_.at(clock_.mono + kTimeout, [handler] { handler(Error{Errc::kTimeout}); });
  }
  queue_.at(clock_.mono + way + reply.delay,
            [this, handler, made = reply_of(reply), asked = minute()] {
              note_told(made, asked);
              bool const limited = made && (made->status == 429 || made->status == 418);
              if (limited && made->retry_after) pause_.demand(*made->retry_after, clock_.mono);
              handler(made);
            });
}

std::int64_t Rest::minute() const {
  return std::chrono::floor<std::chrono::minutes>(clock_.exchange().utc).time_since_epoch().count();
}

/// Records the exchange's count of the current minute, which the process has now received.
void Rest::note_told(Result<shard::RestReply> const& reply, std::int64_t of) {
  if (!reply || !reply->used_weight || of != minute() || known_.minute != of) return;
  UtcTime const now = clock_.exchange().utc;
  if (now - std::chrono::floor<std::chrono::minutes>(now) < kBorder) return;
  known_.told = std::max<std::uint64_t>(known_.told.value_or(0), *reply->used_weight);
  known_.since = 0;
}

/// True when the process alone requests more than the exchange allows, or more than is left by the
/// count that it has received.
bool Rest::knows_too_much() const {
  std::uint64_t const limit = venue_.rest_weight();
  return known_.own > limit || (known_.told && *known_.told + known_.since > limit);
}

void Rest::let_neighbour_spend(std::uint32_t weight) {
  for (std::uint64_t spent = 0; spent + kRequestWeight <= weight; spent += kRequestWeight) {
    (void)venue_.box().answer({.method = "GET",
                               .target = "/api/v3/trades?symbol=BTCUSDT&limit=1",
                               .client = kAddress,
                               .time_unit = ""},
                              clock_.exchange());
  }
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
