#include "tools/report/verify_result.hpp"

#include <nlohmann/json.hpp>

namespace k2::report {

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
  if (json.contains("total") && json["total"].is_object() && json["total"].contains("stored") &&
      json["total"]["stored"].is_number_unsigned()) {
    result.stored = json["total"]["stored"].get<std::uint64_t>();
  }
  return result;
}

}  // namespace k2::report
