#include "tools/sim/admin_api.hpp"

#include "tools/sim/trade_parse.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace k2::sim {
namespace {

using Json = nlohmann::ordered_json;

AdminReply reply_of(unsigned status, Json const& body) {
  return {status, body.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"};
}

AdminReply refuse(unsigned status, std::string_view why) {
  return reply_of(status, Json{{"error", why}});
}

Json json_of(FaultStatus const& fault) {
  return Json{{"id", static_cast<std::uint64_t>(fault.id)},
              {"fault", fault.text},
              {"state", fault.active ? "active" : "waiting"},
              {"times", fault.times},
              {"hits", fault.hits}};
}

Json list_of(std::vector<FaultStatus> const& faults) {
  Json list = Json::array();
  for (FaultStatus const& fault : faults) list.push_back(json_of(fault));
  return list;
}

AdminReply begin_faults(Simulator& simulator, std::string_view lines, Now now, Actions& actions) {
  auto const specs = parse_faults(lines);
  if (!specs) return refuse(400, specs.error().detail);
  if (specs->empty()) return refuse(400, "no fault in the request; send one a line");
  if (auto const known = simulator.check_faults(*specs); !known)
    return refuse(400, known.error().detail);
  if (simulator.faults().size() + specs->size() > kFaultsMax) {
    return refuse(400, "more than " + std::to_string(kFaultsMax) + " faults; heal some first");
  }
  Json begun = Json::array();
  auto const ids = simulator.add_faults(*specs, now);
  for (std::size_t i = 0; i < ids.size(); ++i) {
    begun.push_back({{"id", static_cast<std::uint64_t>(ids[i])}, {"fault", (*specs)[i].text}});
  }
  simulator.tick(now, actions);
  return reply_of(200, Json{{"faults", begun}});
}

AdminReply heal(Simulator& simulator, std::string_view number, Now now, Actions& actions) {
  std::int64_t id = 0;
  if (!parse_number(number, id) ||
      !simulator.heal(FaultId{static_cast<std::uint64_t>(id)}, now, actions)) {
    return refuse(404, "no fault of that id is waiting or at work");
  }
  return reply_of(200, Json{{"healed", 1}});
}

AdminReply heal_all(Simulator& simulator, Now now, Actions& actions) {
  std::size_t const count = simulator.faults().size();
  simulator.heal_all(now, actions);
  return reply_of(200, Json{{"healed", count}});
}

}  // namespace

AdminReply answer_admin(Simulator& simulator, AdminRequest const& request, Now now,
                        Actions& actions) {
  constexpr std::string_view kFaults = "/faults";
  constexpr std::string_view kOneFault = "/faults/";
  // Any page that a browser on this machine shows could begin faults otherwise.
  if (request.method != "GET" && !request.origin.empty()) {
    return refuse(403, "a page in a browser may not change faults; use curl or `k2 soak`");
  }
  if (request.target == "/") {
    if (request.method != "GET") return refuse(405, "only GET here");
    return reply_of(200, Json{{"published", simulator.trades_published()},
                              {"events", simulator.events_published()},
                              {"finished", simulator.finished()},
                              {"faults", simulator.faults().size()}});
  }
  if (request.target == kFaults) {
    if (request.method == "GET")
      return reply_of(200, Json{{"faults", list_of(simulator.faults())}});
    if (request.method == "POST") return begin_faults(simulator, request.body, now, actions);
    if (request.method == "DELETE") return heal_all(simulator, now, actions);
    return refuse(405, "only GET, POST and DELETE here");
  }
  if (request.target.starts_with(kOneFault)) {
    if (request.method != "DELETE") return refuse(405, "only DELETE here");
    return heal(simulator, request.target.substr(kOneFault.size()), now, actions);
  }
  return refuse(404, "no such path; there are / and /faults");
}

}  // namespace k2::sim
