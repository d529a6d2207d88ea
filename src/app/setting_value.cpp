#include "app/setting_value.hpp"

#include "app/near_name.hpp"
#include "core/duration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

namespace k2::app {
namespace {

Error invalid(std::string const& detail) {
  return Error{Errc::kConfigInvalid, detail};
}

bool is_inside(std::optional<Range> const& range, double number) {
  return !range || (range->low <= number && number <= range->high);
}

std::string allowed(Setting const& setting, bool drills) {
  auto const range = range_text(setting, drills);
  return range.empty() ? "" : fmt::format(" (allowed: {})", range);
}

std::string out_of_range(Setting const& setting, std::string_view text, bool drills) {
  auto detail = fmt::format("'{}' is outside {}", text, range_text(setting, drills));
  if (!drills && setting.drill_range) {
    detail += fmt::format(" (drills may use {}: K2_ALLOW_DRILLS=1 or --allow-drills)",
                          range_text(setting, true));
  }
  return detail;
}

Result<SettingValue> in_range(Setting const& setting, std::string_view text, bool drills,
                              double number, SettingValue value) {
  auto const& range = drills && setting.drill_range ? setting.drill_range : setting.range;
  if (!is_inside(range, number)) return invalid(out_of_range(setting, text, drills));
  return value;
}

Result<SettingValue> parse_bool(std::string_view text) {
  if (text == "true" || text == "1" || text == "yes" || text == "on") return SettingValue{true};
  if (text == "false" || text == "0" || text == "no" || text == "off") return SettingValue{false};
  return invalid(fmt::format("'{}' is neither true nor false", text));
}

Result<SettingValue> parse_number(Setting const& setting, std::string_view text, bool drills) {
  double number = 0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) {
    return invalid(fmt::format("'{}' is not a number{}", text, allowed(setting, drills)));
  }
  return in_range(setting, text, drills, number, number);
}

Result<SettingValue> parse_length(Setting const& setting, std::string_view text, bool drills) {
  auto const parsed = parse_duration(text, setting.unit_length());
  if (parsed.has_error()) return invalid(parsed.error().detail + allowed(setting, drills));
  auto const unit = static_cast<double>(setting.unit_length().count());
  return in_range(setting, text, drills, static_cast<double>(parsed->count()) / unit, *parsed);
}

Result<SettingValue> parse_choice(Setting const& setting, std::string_view text) {
  auto const choices = split_list(setting.choices, '|');
  if (std::ranges::find(choices, text) != choices.end()) return SettingValue{std::string{text}};
  std::vector<std::string> const names{choices.begin(), choices.end()};
  return invalid(fmt::format("'{}' is not one of: {}{}", text, fmt::join(choices, ", "),
                             did_you_mean(text, names)));
}

/// Parses texts by name. Errors do not quote the text: any part may be a secret.
Result<SettingValue> parse_named(std::string_view text) {
  NamedTexts named;
  int number = 0;
  for (auto const entry : split_list(text)) {
    ++number;
    auto const middle = entry.find('=');
    if (middle == 0 || middle == std::string_view::npos) {
      return invalid(
          fmt::format("entry {} of the list is no name=value; a value that holds a "
                      "comma belongs into the table or into a variable of its own",
                      number));
    }
    named.insert_or_assign(std::string{entry.substr(0, middle)},
                           std::string{entry.substr(middle + 1)});
  }
  return SettingValue{std::move(named)};
}

bool is_secret_name(std::string_view name) {
  // `.pem` is a key as text, the kinit command and OAuth's texts can hold anything.
  return std::ranges::any_of(
      std::array<std::string_view, 6>{"password", "secret", ".pem", "oauthbearer", "kinit", "jaas"},
      [&](std::string_view part) { return name.find(part) != name.npos; });
}

constexpr std::string_view kCovered = "********";

Result<SettingValue> parse_symbols(Setting const& setting, std::string_view text, bool drills) {
  auto selection = parse_selection(text);
  if (!selection) return invalid(selection.error().detail);
  auto const count = selection->named.size();
  return in_range(setting, fmt::format("{} symbols", count), drills, static_cast<double>(count),
                  *std::move(selection));
}

Result<SettingValue> parse_urls(Setting const& setting, std::string_view text) {
  auto const schemes = split_list(setting.choices, '|');
  std::vector<feed::Endpoint> endpoints;
  for (auto const url : split_list(text)) {
    auto const scheme = url.substr(0, url.find("://"));
    if (std::ranges::find(schemes, scheme) == schemes.end()) {
      return invalid(
          fmt::format("'{}' does not begin with {}://", url, fmt::join(schemes, ":// or ")));
    }
    auto const endpoint = feed::Endpoint::parse(url);
    if (endpoint.has_error()) return invalid(endpoint.error().detail);
    endpoints.push_back(*endpoint);
  }
  return SettingValue{std::move(endpoints)};
}

}  // namespace

std::vector<std::string_view> split_list(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  if (text.empty()) return parts;
  for (;;) {
    auto const end = std::min(text.find(separator), text.size());
    auto part = text.substr(0, end);
    auto const first = part.find_first_not_of(" \t");
    part = first == part.npos ? std::string_view{}
                              : part.substr(first, part.find_last_not_of(" \t") - first + 1);
    parts.push_back(part);
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

Result<SettingValue> parse_setting(Setting const& setting, std::string_view text, bool drills) {
  if (text.empty()) {
    if (setting.fallback.empty()) return SettingValue{};
    return invalid("is empty; leave it out to get the default");
  }
  switch (setting.kind) {
    case Kind::kText:
      return SettingValue{std::string{text}};
    case Kind::kPath:
      return SettingValue{std::filesystem::path{text}};
    case Kind::kUrls:
      return parse_urls(setting, text);
    case Kind::kSymbols:
      return parse_symbols(setting, text, drills);
    case Kind::kBool:
      return parse_bool(text);
    case Kind::kNumber:
      return parse_number(setting, text, drills);
    case Kind::kDuration:
      return parse_length(setting, text, drills);
    case Kind::kChoice:
      return parse_choice(setting, text);
    case Kind::kNamed:
      return parse_named(text);
  }
  return invalid("is of an unknown kind");
}

namespace {

struct ToText {
  Setting const& setting;
  bool covered = false;

  std::string operator()(std::monostate) const { return {}; }
  std::string operator()(std::string const& text) const { return text; }
  std::string operator()(std::filesystem::path const& path) const { return path.string(); }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(std::chrono::nanoseconds length) const {
    auto const unit = setting.unit_length();
    if (length % unit == length.zero()) return fmt::format("{}", length / unit);
    return fmt::format("{}",
                       static_cast<double>(length.count()) / static_cast<double>(unit.count()));
  }
  std::string operator()(NamedTexts const& named) const {
    std::string text;
    for (auto const& [name, one] : named) {
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", name,
                          covered && is_secret_name(name) ? kCovered : one);
    }
    return text;
  }
  std::string operator()(SymbolSelection const& selection) const {
    return selection_text(selection);
  }
  std::string operator()(std::vector<feed::Endpoint> const& endpoints) const {
    auto const schemes = split_list(setting.choices, '|');  // with TLS, without
    std::string text;
    for (auto const& endpoint : endpoints) {
      text += fmt::format("{}{}://{}{}", text.empty() ? "" : ",", schemes.at(endpoint.tls ? 0 : 1),
                          endpoint.host_header(), endpoint.base_path);
    }
    return text;
  }
};

}  // namespace

std::string setting_text(Setting const& setting, SettingValue const& value) {
  return std::visit(ToText{setting}, value);
}

std::string shown_text(Setting const& setting, SettingValue const& value) {
  auto text = std::visit(ToText{.setting = setting, .covered = true}, value);
  return setting.secret && !text.empty() ? std::string{kCovered} : text;
}

bool holds_secret(Setting const& setting, SettingValue const& value) {
  if (auto const* named = std::get_if<NamedTexts>(&value)) {
    // A name that ends in .file points to the secret and is none.
    return std::ranges::any_of(*named, [](auto const& one) {
      return is_secret_name(one.first) && !one.first.ends_with(".file");
    });
  }
  if (!setting.secret) return false;
  auto const text = setting_text(setting, value);
  auto const scheme = text.find("://");
  if (scheme == std::string::npos) return !text.empty();
  return text.find('@', scheme) != std::string::npos;
}

bool is_drill_value(Setting const& setting, SettingValue const& value) {
  if (auto const* number = std::get_if<double>(&value)) return !is_inside(setting.range, *number);
  if (auto const* length = std::get_if<std::chrono::nanoseconds>(&value)) {
    auto const unit = static_cast<double>(setting.unit_length().count());
    return !is_inside(setting.range, static_cast<double>(length->count()) / unit);
  }
  return false;
}

}  // namespace k2::app
