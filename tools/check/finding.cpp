#include "tools/check/finding.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <utility>

namespace k2::check {
namespace {

std::string upper(std::string_view name) {
  std::string text{name};
  std::ranges::transform(text, text.begin(), [](unsigned char letter) {
    return static_cast<char>(std::toupper(letter));
  });
  return text;
}

std::string printable(std::string text) {
  std::ranges::replace_if(
      text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; }, '?');
  return text;
}

}  // namespace

std::string_view grade_name(Grade grade) noexcept {
  switch (grade) {
    case Grade::kOk:
      return "ok";
    case Grade::kWarn:
      return "warn";
    case Grade::kFail:
      return "fail";
  }
  return "fail";
}

Finding failed(std::string subject, Error const& error) {
  return {.grade = Grade::kFail, .subject = std::move(subject), .seen = error.to_string()};
}

Grade worst(std::span<Finding const> findings) noexcept {
  Grade grade = Grade::kOk;
  for (Finding const& finding : findings) grade = std::max(grade, finding.grade);
  return grade;
}

std::string line_of(Finding const& finding) {
  std::string text = fmt::format("{:<4}  {}: {}\n", upper(grade_name(finding.grade)),
                                 printable(finding.subject), printable(finding.seen));
  if (!finding.remedy.empty()) text += fmt::format("      -> {}\n", printable(finding.remedy));
  return text;
}

std::string json_of(std::span<Finding const> findings) {
  auto list = nlohmann::json::array();
  for (Finding const& finding : findings) {
    list.push_back({{"grade", grade_name(finding.grade)},
                    {"subject", finding.subject},
                    {"seen", finding.seen},
                    {"remedy", finding.remedy}});
  }
  nlohmann::json const page{{"grade", grade_name(worst(findings))}, {"findings", std::move(list)}};
  return page.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace k2::check
