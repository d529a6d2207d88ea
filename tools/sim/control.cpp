#include "tools/sim/control.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace k2::sim {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<std::string_view, ControlMethod>, 5> kMethods{{
    {"SUBSCRIBE", ControlMethod::kSubscribe},
    {"UNSUBSCRIBE", ControlMethod::kUnsubscribe},
    {"LIST_SUBSCRIPTIONS", ControlMethod::kListSubscriptions},
    {"SET_PROPERTY", ControlMethod::kSetProperty},
    {"GET_PROPERTY", ControlMethod::kGetProperty},
}};

constexpr int kUnknownProperty = 0;
constexpr int kNotABoolean = 1;
constexpr int kInvalidRequest = 2;
constexpr int kInvalidJson = 3;

// Source: the exchange's stream documentation: an id string has at most 36 characters.
constexpr std::size_t kIdCharactersMax = 36;

// Chosen: a request nests two deep. The JSON library copies by recursion, so a hostile message of
// nothing but brackets would end the process.
constexpr int kDepthMax = 8;

bool is_shallow(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char const c = text[i];
    if (c == '\\' && in_string) ++i;
    if (c == '"') in_string = !in_string;
    if (in_string) continue;
    if ((c == '[' || c == '{') && ++depth > kDepthMax) return false;
    if (c == ']' || c == '}') --depth;
  }
  return true;
}

ControlError refusal(int code, std::string const& message, std::string const& id) {
  std::string reply = R"({"code":)" + std::to_string(code) + R"(,"msg":)" + Json(message).dump();
  if (!id.empty()) reply += R"(,"id":)" + id;
  return {reply + "}"};
}

// The id as JSON text; empty when it is none that the exchange takes.
std::string id_text(Json const& request) {
  auto const found = request.find("id");
  if (found == request.end() || found->is_null()) return "null";
  if (found->is_number_integer()) return found->dump();
  if (!found->is_string()) return {};
  auto const& text = found->get_ref<std::string const&>();
  for (char const c : text) {
    bool const plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!plain && c != '-' && c != '_') return {};
  }
  return text.size() <= kIdCharactersMax ? found->dump() : std::string{};
}

std::variant<ControlRequest, ControlError> with_streams(ControlRequest request,
                                                        Json const& params) {
  if (!params.is_array()) {
    return refusal(kInvalidRequest, "Invalid request: params must be an array", request.id);
  }
  for (Json const& name : params) {
    if (!name.is_string()) {
      return refusal(kInvalidRequest, "Invalid request: stream name must be a string", request.id);
    }
    request.streams.push_back(name.get<std::string>());
  }
  return request;
}

std::variant<ControlRequest, ControlError> with_property(ControlRequest request,
                                                         Json const& params) {
  bool const sets = request.method == ControlMethod::kSetProperty;
  if (!params.is_array() || params.empty() || !params[0].is_string()) {
    return refusal(kInvalidRequest, "Invalid request: property name must be a string", request.id);
  }
  if (params.size() > (sets ? 2U : 1U)) {
    return refusal(kInvalidRequest, "Invalid request: too many parameters", request.id);
  }
  if (params[0] != "combined") return refusal(kUnknownProperty, "Unknown property", request.id);
  if (!sets) return request;
  if (params.size() < 2 || !params[1].is_boolean()) {
    return refusal(kNotABoolean, "Invalid value type: expected Boolean", request.id);
  }
  request.combined = params[1].get<bool>();
  return request;
}

}  // namespace

std::variant<ControlRequest, ControlError> parse_control(std::string_view text) {
  Json const json =
      is_shallow(text) ? Json::parse(text, nullptr, false) : Json(Json::value_t::discarded);
  if (json.is_discarded()) {
    return refusal(kInvalidJson, "Invalid JSON: expected value at line 1 column 1", {});
  }
  if (!json.is_object()) return refusal(kInvalidRequest, "Invalid request: not an object", {});
  ControlRequest request;
  request.id = id_text(json);
  if (request.id.empty()) {
    return refusal(kInvalidRequest,
                   "Invalid request: request ID must be an integer, an alphanumeric string or null",
                   {});
  }
  auto const method = json.find("method");
  if (method == json.end()) {
    return refusal(kInvalidRequest, "Invalid request: missing field `method`", request.id);
  }
  auto const* const known = std::find_if(kMethods.begin(), kMethods.end(),
                                         [&](auto const& entry) { return *method == entry.first; });
  if (known == kMethods.end()) {
    return refusal(kInvalidRequest,
                   "Invalid request: unknown variant `" +
                       (method->is_string() ? method->get<std::string>() : method->dump()) +
                       "`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`, "
                       "`SET_PROPERTY`, `GET_PROPERTY`",
                   request.id);
  }
  request.method = known->second;
  Json const params = json.value("params", Json::array());
  switch (request.method) {
    case ControlMethod::kSubscribe:
    case ControlMethod::kUnsubscribe:
      return with_streams(std::move(request), params);
    case ControlMethod::kSetProperty:
    case ControlMethod::kGetProperty:
      return with_property(std::move(request), params);
    case ControlMethod::kListSubscriptions:
      return request;
  }
  return request;
}

std::string control_reply(std::string_view result, std::string_view id) {
  std::string reply{R"({"result":)"};
  return reply.append(result).append(R"(,"id":)").append(id).append("}");
}

std::string too_many_streams_reply() {
  return R"({"error":{"code":4,"msg":"Too many subscriptions"}})";
}

}  // namespace k2::sim
