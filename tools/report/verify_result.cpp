#include "tools/report/verify_result.hpp"

#include "core/iso_time.hpp"

#include <nlohmann/json.hpp>

#include <chrono>

namespace k2::report {
namespace {

std::optional<double> time_at(nlohmann::json const& json, char const* path) {
  nlohmann::json::json_pointer const at{path};
  if (!json.contains(at) || !json[at].is_string()) return std::nullopt;
  auto const time = parse_iso_time(json[at].get<std::string>());
  if (!time) return std::nullopt;
  return std::chrono::duration<double>{time->time_since_epoch()}.count();
}

}  // namespace

VerifyResult parse_verify(std::string name, std::string_view text) {
  VerifyResult result{.name = std::move(name)};
  auto const begin = text.find('{');
  if (begin == std::string_view::npos) return result;
  auto const json = nlohmann::json::parse(text.substr(begin), nullptr, false);
  if (!json.is_object() || !json.contains("clean") || !json["clean"].is_boolean()) return result;
  auto const text_at = [&json](char const* key) {
    return json.contains(key) && json[key].is_string() ? json[key].get<std::string>()
                                                       : std::string{};
  };
  result.readable = true;
  result.clean = json["clean"].get<bool>();
  result.verdict = text_at("verdict");
  result.against = text_at("against");
  result.outcome = text_at("outcome");
  result.version = text_at("version");
  auto const count_at = [&json](char const* path) -> std::uint64_t {
    nlohmann::json::json_pointer const at{path};
    return json.contains(at) && json[at].is_number_unsigned() ? json[at].get<std::uint64_t>() : 0;
  };
  result.tapes = count_at("/tapes");
  result.first_s = time_at(json, "/period/first_trade");
  result.last_s = time_at(json, "/period/last_trade");
  if (json.contains("symbols") && json["symbols"].is_array()) {
    for (auto const& symbol : json["symbols"]) {
      nlohmann::json::json_pointer const at{"/coverage/in_open_gaps"};
      if (symbol.is_object() && symbol.contains(at) && symbol[at].is_number_unsigned()) {
        result.in_open_gaps += symbol[at].get<std::uint64_t>();
      }
    }
  }
  if (json.contains("total") && json["total"].is_object() && json["total"].contains("stored") &&
      json["total"]["stored"].is_number_unsigned()) {
    result.stored = json["total"]["stored"].get<std::uint64_t>();
  }
  return result;
}

}  // namespace k2::report
