#include "app/config.hpp"

#include "app/near_name.hpp"
#include "app/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace k2::app {
namespace {

constexpr std::string_view kDrills = "allow_drills";

struct Candidate {
  /// The name among the texts of a kNamed setting; empty for a whole value.
  std::string name;
  std::string text;
  Source source = Source::kDefault;
  std::string origin;
};

/// The kNamed setting that this longer name is a part of: "a.b" of "a.b.c.d", "A_B" of "A_B_C_D".
template <class NameOf>
Setting const* find_named(std::span<Setting const> settings, std::string_view longer,
                          NameOf const& name_of, char separator) {
  auto const found = std::ranges::find_if(settings, [&](Setting const& setting) {
    return setting.kind == Kind::kNamed && longer.starts_with(name_of(setting) + separator);
  });
  return found == settings.end() ? nullptr : &*found;
}

std::string key_of(Setting const& setting) {
  return std::string{setting.key};
}

std::string env_of(Setting const& setting) {
  return setting.env();
}

/// The name that librdkafka and the file use for SASL_USERNAME: sasl.username.
std::string dotted(std::string_view name) {
  std::string out;
  for (char const c : name) {
    out.push_back(c == '_' ? '.' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

}  // namespace

std::string_view source_name(Source source) noexcept {
  switch (source) {
    case Source::kDefault:
      return "default";
    case Source::kFile:
      return "file";
    case Source::kEnvironment:
      return "environment";
    case Source::kFlag:
      return "flag";
  }
  return "unknown";
}

void Config::set(ConfigValue const& value) {
  auto const found = std::ranges::find(values_, value.setting, &ConfigValue::setting);
  K2_ASSERT(found != values_.end());
  *found = value;
}

ConfigValue const& Config::at(std::string_view key) const {
  auto const found =
      std::ranges::find_if(values_, [&](auto const& value) { return value.setting->key == key; });
  K2_ASSERT(found != values_.end());
  return *found;
}

struct Resolver {
  std::span<Setting const> settings;
  Resolved out{};
  std::map<std::string_view, Candidate> candidates{};  // by key; later sources overwrite
  /// The texts of kNamed settings, in the order of the sources: they add up, name by name.
  std::map<std::string_view, std::vector<Candidate>> named{};
  bool drills = false;

  void take_file(ConfigInput::File const& file);
  void take_environment(std::map<std::string, std::string> const& environment);
  void take_flags(std::map<std::string, std::string> const& flags);
  void take(Setting const& setting, Candidate candidate);
  void parse(Setting const& setting);
  void parse_named(Setting const& setting);
  void finish();
};

void Resolver::take_file(ConfigInput::File const& file) {
  auto const entries = parse_toml(file.text);
  if (entries.has_error()) {
    out.problems.push_back(fmt::format("{}: {}", file.name, entries.error().detail));
    return;
  }
  std::vector<std::string> known;
  for (auto const& setting : settings) known.emplace_back(setting.key);
  for (auto const& entry : *entries) {
    auto const origin = fmt::format("{}:{}", file.name, entry.line);
    if (auto const* whole = find_named(settings, entry.key, key_of, '.')) {
      take(*whole, {entry.key.substr(whole->key.size() + 1), entry.text, Source::kFile, origin});
      continue;
    }
    auto const* setting = find_setting(settings, entry.key);
    // A table of which every setting is commented out.
    if (setting == nullptr && entry.text.empty() &&
        std::ranges::any_of(known,
                            [&](auto const& key) { return key.starts_with(entry.key + '.'); })) {
      continue;
    }
    if (setting == nullptr) {
      out.problems.push_back(
          fmt::format("{}:{}: there is no setting '{}'{} (`k2 config` lists them)", file.name,
                      entry.line, entry.key, did_you_mean(entry.key, known)));
      continue;
    }
    take(*setting, {"", entry.text, Source::kFile, origin});
  }
}

void Resolver::take_environment(std::map<std::string, std::string> const& environment) {
  std::vector<std::string> known{std::string{kConfigFileEnv}};
  for (auto const& setting : settings) known.push_back(setting.env());
  for (auto const& [name, text] : environment) {
    if (!name.starts_with("K2_") || name == kConfigFileEnv) continue;
    if (auto const* whole = find_named(settings, name, env_of, '_')) {
      take(*whole,
           {dotted(name.substr(whole->env().size() + 1)), text, Source::kEnvironment, name});
      continue;
    }
    auto const setting = std::ranges::find_if(
        settings, [&](Setting const& candidate) { return candidate.env() == name; });
    if (setting == settings.end()) {
      out.problems.push_back(
          fmt::format("{} in the environment names no setting{} (`k2 config` lists them; unset it)",
                      name, did_you_mean(name, known)));
      continue;
    }
    take(*setting, {"", text, Source::kEnvironment, name});
  }
}

void Resolver::take_flags(std::map<std::string, std::string> const& flags) {
  for (auto const& [key, text] : flags) {
    auto const* setting = find_setting(settings, key);
    K2_ASSERT(setting != nullptr);
    take(*setting, {"", text, Source::kFlag, setting->flag()});
  }
}

void Resolver::take(Setting const& setting, Candidate candidate) {
  if (setting.kind == Kind::kNamed) {
    named[setting.key].push_back(std::move(candidate));
  } else {
    candidates[setting.key] = std::move(candidate);
  }
}

void Resolver::parse_named(Setting const& setting) {
  NamedTexts texts;
  ConfigValue whole{.setting = &setting, .value = {}, .source = Source::kDefault, .origin = {}};
  for (Candidate const& candidate : named[setting.key]) {
    NamedTexts found{{candidate.name, candidate.text}};
    if (candidate.name.empty()) {
      auto const value = parse_setting(setting, candidate.text, drills);
      if (value.has_error()) {
        out.problems.push_back(
            fmt::format("{} (from {}): {}", setting.key, candidate.origin, value.error().detail));
        continue;
      }
      auto const* const list = std::get_if<NamedTexts>(&*value);
      found = list != nullptr ? *list : NamedTexts{};
    }
    for (auto& [name, text] : found) texts.insert_or_assign(name, std::move(text));
    whole.source = candidate.source;
    whole.origin += (whole.origin.empty() ? "" : ", ") + candidate.origin;
  }
  if (!texts.empty()) whole.value = std::move(texts);
  out.config.values_.push_back(std::move(whole));
}

void Resolver::parse(Setting const& setting) {
  if (setting.kind == Kind::kNamed) return parse_named(setting);
  auto const found = candidates.find(setting.key);
  auto const candidate = found == candidates.end()
                             ? Candidate{"", std::string{setting.fallback}, Source::kDefault, {}}
                             : found->second;
  auto value = parse_setting(setting, candidate.text, drills);
  if (value.has_error()) {
    auto const origin = candidate.origin.empty() ? "its default" : candidate.origin;
    out.problems.push_back(
        fmt::format("{} (from {}): {}", setting.key, origin,
                    setting.secret ? "the secret value is not valid" : value.error().detail));
    return;
  }
  if (setting.key == kDrills) drills = std::get<bool>(*value);
  out.config.values_.push_back({.setting = &setting,
                                .value = std::move(*value),
                                .source = candidate.source,
                                .origin = candidate.origin});
}

void Resolver::finish() {
  std::ranges::sort(out.config.values_, {}, &ConfigValue::setting);  // as in the table
  for (auto const& value : out.config.values_) {
    auto const& setting = *value.setting;
    if (!setting.dangerous.empty() && setting_text(setting, value.value) == setting.dangerous) {
      out.warnings.push_back(
          fmt::format("{} is {}: {}", setting.key, setting.dangerous, setting.warning));
    }
  }
  if (!drills) return;
  std::string outside;
  for (auto const& value : out.config.values_) {
    if (!is_drill_value(*value.setting, value.value)) continue;
    outside += fmt::format("{}{} = {}", outside.empty() ? "" : ", ", value.setting->key,
                           setting_text(*value.setting, value.value));
  }
  out.warnings.push_back(
      fmt::format("drills are allowed: not for production; outside the ranges of production: {}",
                  outside.empty() ? "nothing" : outside));
}

Resolved resolve_config(std::span<Setting const> settings, ConfigInput const& input) {
  Resolver resolver{.settings = settings};
  if (input.file) resolver.take_file(*input.file);
  resolver.take_environment(input.environment);
  resolver.take_flags(input.flags);
  // The setting allow_drills comes first: it decides the ranges of all others.
  if (auto const* drills = find_setting(settings, kDrills)) resolver.parse(*drills);
  for (auto const& setting : settings) {
    if (setting.key != kDrills) resolver.parse(setting);
  }
  resolver.finish();
  return std::move(resolver.out);
}

}  // namespace k2::app
