#include "tools/report/prometheus_reply.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdlib>
#include <iterator>

namespace k2::report {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kWordsMax = 200;

Error not_an_answer(std::string_view what) {
  return Error{Errc::kFieldInvalid, fmt::format("this is no answer of Prometheus: {}", what)};
}

/// [time, "value"]; false when it is none. What is no number is kept apart.
bool take_sample(Json const& pair, Series& series) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string()) {
    return false;
  }
  auto const& text = pair[1].get_ref<std::string const&>();
  char* end = nullptr;
  double const value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return false;
  double const at_s = pair[0].get<double>();
  if (std::isfinite(value)) {
    series.samples.push_back({at_s, value});
  } else {
    series.not_numbers.push_back(at_s);
  }
  return true;
}

bool take_series(Json const& item, bool matrix, Reply& reply) {
  auto const metric = item.find("metric");
  auto const values = item.find(matrix ? "values" : "value");
  if (metric == item.end() || !metric->is_object() || values == item.end()) return false;
  Series series;
  for (auto const& [name, value] : metric->items()) {
    if (!value.is_string()) return false;
    series.labels.emplace(name, value.get<std::string>());
  }
  if (matrix) {
    if (!values->is_array()) return false;
    series.samples.reserve(values->size());
    for (Json const& pair : *values) {
      if (!take_sample(pair, series)) return false;
    }
  } else if (!take_sample(*values, series)) {
    return false;
  }
  reply.series.push_back(std::move(series));
  return true;
}

/// Empty when there is no such text.
std::string text_at(Json const& json, char const* key) {
  auto const found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

std::string words_of(Json const& json, std::string_view body) {
  if (json.is_object() && !text_at(json, "error").empty()) {
    return text_at(json, "error").substr(0, kWordsMax);
  }
  return std::string{body.substr(0, kWordsMax)};
}

}  // namespace

Result<Reply> parse_reply(int status, std::string_view body) {
  auto const json = Json::parse(body, nullptr, false);
  if (status != 200) {
    return Error{Errc::kHttpStatus, fmt::format("status {}: {}", status, words_of(json, body))};
  }
  if (json.is_discarded()) {
    return Error{Errc::kJsonSyntax, fmt::format("this is no JSON: {}", body.substr(0, kWordsMax))};
  }
  if (!json.is_object() || text_at(json, "status") != "success") {
    return not_an_answer(words_of(json, body));
  }
  auto const data = json.find("data");
  if (data == json.end() || !data->is_object() || !data->contains("result")) {
    return not_an_answer("it holds no result");
  }
  auto const kind = text_at(*data, "resultType");
  if (kind != "matrix" && kind != "vector") return not_an_answer("its type is '" + kind + "'");
  Reply reply;
  for (Json const& item : (*data)["result"]) {
    if (!item.is_object() || !take_series(item, kind == "matrix", reply)) {
      return not_an_answer("a series is damaged");
    }
  }
  for (Json const& warning : json.value("warnings", Json::array())) {
    if (warning.is_string()) reply.warnings.push_back(warning.get<std::string>());
  }
  return reply;
}

void append(std::vector<Series>& to, std::vector<Series> more) {
  for (Series& series : more) {
    Series* found = nullptr;
    for (Series& known : to) {
      if (known.labels == series.labels) found = &known;
    }
    if (found == nullptr) {
      to.push_back(std::move(series));
      continue;
    }
    found->not_numbers.insert(found->not_numbers.end(), series.not_numbers.begin(),
                              series.not_numbers.end());
    for (Sample const& sample : series.samples) {
      if (found->samples.empty() || sample.at_s > found->samples.back().at_s) {
        found->samples.push_back(sample);
      }
    }
  }
}

std::string url_text(std::string_view text) {
  std::string out;
  for (char const c : text) {
    bool const plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace k2::report
