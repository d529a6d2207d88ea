#include "tools/deploy/run/alerts.hpp"

#include "io/http_call.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <set>

namespace k2::deploy {

Result<std::vector<std::string>> firing_alerts(std::string const& server) {
  constexpr std::chrono::milliseconds kPatience{5'000};
  auto const body = io::http_get(server + "/api/v1/alerts", kPatience);
  if (!body) return body.error();
  return read_alerts(*body);
}

Result<std::vector<std::string>> read_alerts(std::string_view body) {
  std::set<std::string> names;
  try {
    auto const json = nlohmann::json::parse(body);
    for (auto const& alert : json.at("data").at("alerts")) {
      if (alert.at("state") == "firing") {
        names.insert(alert.at("labels").at("alertname").get<std::string>());
      }
    }
  } catch (nlohmann::json::exception const& wrong) {
    return Error{Errc::kJsonSyntax, std::string{"the alerts of Prometheus: "} + wrong.what()};
  }
  return std::vector<std::string>{names.begin(), names.end()};
}

}  // namespace k2::deploy
