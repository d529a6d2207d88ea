#include "tools/sim/rest_api.hpp"

#include "tools/sim/frame_text.hpp"
#include "tools/sim/rest_call.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace k2::sim {

/// Source of the weights: the exchange's REST documentation (read 2026-11-23).
struct RestApi::Route {
  std::string_view path;
  std::uint64_t weight;
  Body body;
};

namespace {

std::string error_body(int code, std::string_view message) {
  return R"({"code":)" + std::to_string(code) + R"(,"msg":)" +
         nlohmann::json(message).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
         "}";
}

std::string too_much_weight(RestVerdict const& verdict, std::uint64_t weight_max) {
  if (verdict.status == 418) {
    std::string until;
    append_time(verdict.banned_until, TimeUnit::kMillisecond, until);
    return "Way too much request weight used; IP banned until " + until +
           ". Please use WebSocket Streams for live updates to avoid bans.";
  }
  return "Too much request weight used; current limit is " + std::to_string(weight_max) +
         " request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid "
         "polling the API.";
}

std::string_view unit_name(TimeUnit unit) {
  return unit == TimeUnit::kMicrosecond ? "microsecond" : "millisecond";
}

}  // namespace

RestApi::Route const* RestApi::find_route(std::string_view path) {
  static constexpr std::array<Route, 9> kRoutes{{
      {"/api/v3/ping", 1, &RestApi::ping},
      {"/api/v3/time", 1, &RestApi::time},
      {"/api/v3/exchangeInfo", 20, &RestApi::exchange_info},
      {"/api/v3/trades", 25, &RestApi::trades},
      {"/api/v3/historicalTrades", 25, &RestApi::historical_trades},
      {"/api/v3/aggTrades", 4, &RestApi::agg_trades},
      {"/api/v3/depth", 5, &RestApi::depth},
      {"/api/v3/klines", 2, &RestApi::klines},
      {"/api/v3/uiKlines", 2, &RestApi::klines},
  }};
  auto const* const found = std::ranges::find(kRoutes, path, &Route::path);
  return found == kRoutes.end() ? nullptr : found;
}

RestReply RestApi::answer(RestRequest const& request, UtcTime now,
                          std::optional<MonoTime> database_at) {
  RestReply reply;
  Target const target = parse_target(request.target);
  Route const* const route = find_route(target.path);
  std::uint64_t const weight = route == nullptr ? 1 : weight_of(*route, target);
  RestVerdict const verdict = budget_.charge(std::string{request.client}, weight, now);
  reply.headers.emplace_back("x-mbx-used-weight", std::to_string(verdict.used));
  reply.headers.emplace_back("x-mbx-used-weight-1m", std::to_string(verdict.used));
  auto const refuse = [&](unsigned status, int code, std::string_view message) {
    reply.status = status;
    reply.body = error_body(code, message);
    return reply;
  };
  if (verdict.status != 200) {
    reply.headers.emplace_back("Retry-After", std::to_string(verdict.retry_after.count()));
    return refuse(verdict.status, -1003, too_much_weight(verdict, limits_.weight_max));
  }
  if (route == nullptr) return refuse(404, -1000, "Path " + target.path + " is not served.");
  if (request.method != "GET") return refuse(405, -1000, "Request method is not supported.");
  TimeUnit unit = TimeUnit::kMillisecond;
  if (request.time_unit == "MICROSECOND" || request.time_unit == "microsecond") {
    unit = TimeUnit::kMicrosecond;
  } else if (!request.time_unit.empty() && request.time_unit != "MILLISECOND" &&
             request.time_unit != "millisecond") {
    return refuse(400, -1194,
                  "Invalid value for time unit; expected either MICROSECOND or "
                  "MILLISECOND.");
  }
  if (!request.time_unit.empty()) reply.headers.emplace_back("x-mbx-time-unit", unit_name(unit));
  auto const refusal = (this->*route->body)(Call{target, unit, now, database_at}, reply.body);
  if (refusal) return refuse(refusal->status, refusal->code, refusal->message);
  return reply;
}

std::uint64_t RestApi::weight_of(Route const& route, Target const& target) const {
  if (route.body != &RestApi::depth) return route.weight;
  std::size_t const limit = limit_of(target, 100, 5000);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

}  // namespace k2::sim
