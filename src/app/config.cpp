#include "app/config.hpp"

#include "app/near_name.hpp"
#include "app/toml_file.hpp"
#include "core/printable.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace k2::app {
namespace {

constexpr std::string_view kDrills = "allow_drills";
/// Behind the key of a secret: the file that holds it.
constexpr std::string_view kFileSuffix = "_file";
/// Behind the name of a text by name: the same.
constexpr std::string_view kNamedFileSuffix = ".file";
/// More names would make the warning unreadable.
constexpr std::size_t kForeignShown = 20;

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

/// Removes the blanks and line ends that files of variables leave after a value.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  auto const first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Returns true for a setting's name with a typing error or without its end. Other names that start
/// with K2_ are not meant for K2: Kubernetes injects some for a Service called k2, and compose.yml
/// uses some.
bool is_mistyped(std::string_view name, std::string_view near) {
  constexpr std::size_t kSlipsMax = 2;
  return !near.empty() && (near.starts_with(name) || edit_distance(name, near) <= kSlipsMax);
}

/// The name that librdkafka and the file use for SASL_USERNAME: sasl.username.
std::string dotted(std::string_view name) {
  std::string out;
  for (char const c : name) {
    out.push_back(c == '_' ? '.' : (c >= 'A' && c <= 'Z') ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

std::string flag_warning(Setting const& setting, std::string_view origin) {
  return fmt::format(
      "{} (from {}) holds a secret, which every user of this machine can read in the list of "
      "processes; give it by {}, or in a file: {}",
      setting.key, origin, setting.kind == Kind::kNamed ? setting.env() + "_NAME" : setting.env(),
      setting.kind == Kind::kNamed ? std::string{"NAME.file"} : std::string{setting.key} + "_file");
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
  std::function<Result<std::string>(std::string const&)> read_secret{};
  /// Keys of secrets that came out of a file: those are not in the process list.
  std::set<std::string_view> from_file{};

  void take_file(ConfigInput::File const& file);
  void take_environment(std::map<std::string, std::string> const& environment);
  void take_flags(std::map<std::string, std::string> const& flags);
  void take(Setting const& setting, Candidate candidate);
  void parse(Setting const& setting);
  void parse_named(Setting const& setting);
  /// The secret in the file, without the blanks and line ends around it.
  [[nodiscard]] Result<std::string> secret_in(std::string const& path) const;
  /// Puts the secret that a `_file` setting names into the place of the secret itself.
  void take_secret_files();
  void warn_of_secrets(ConfigValue const& value);
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
  std::vector<std::string> foreign;
  for (auto const& [name, value] : environment) {
    if (!name.starts_with("K2_") || name == kConfigFileEnv) continue;
    std::string const text{trimmed(value)};
    auto const setting = std::ranges::find_if(
        settings, [&](Setting const& candidate) { return candidate.env() == name; });
    if (setting != settings.end()) {
      take(*setting, {"", text, Source::kEnvironment, name});
    } else if (auto const* whole = find_named(settings, name, env_of, '_')) {
      take(*whole,
           {dotted(name.substr(whole->env().size() + 1)), text, Source::kEnvironment, name});
    } else if (is_mistyped(name, near_name(name, known))) {
      out.problems.push_back(
          fmt::format("{} in the environment names no setting{} (`k2 config` lists them; unset it)",
                      name, did_you_mean(name, known)));
    } else {
      foreign.push_back(name);
    }
  }
  if (foreign.empty()) return;
  std::size_t const more = foreign.size() - std::min(foreign.size(), kForeignShown);
  foreign.resize(foreign.size() - more);
  out.warnings.push_back(
      fmt::format("ignored in the environment, because they name no setting: {}{}",
                  fmt::join(foreign, ", "), more > 0 ? fmt::format(" and {} more", more) : ""));
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

Result<std::string> Resolver::secret_in(std::string const& path) const {
  if (!read_secret) return Error{Errc::kFileFailed, fmt::format("'{}' cannot be read here", path)};
  auto const text = read_secret(path);
  if (!text) return text.error();
  auto const secret = trimmed(*text);
  if (secret.empty()) return Error{Errc::kConfigInvalid, fmt::format("'{}' is empty", path)};
  return std::string{secret};
}

void Resolver::take_secret_files() {
  for (auto const& setting : settings) {
    if (!setting.secret) continue;
    auto const file = candidates.find(std::string{setting.key} + std::string{kFileSuffix});
    if (file == candidates.end() || file->second.text.empty()) continue;
    auto const& origin = file->second.origin;
    auto const both = candidates.find(setting.key);
    if (both != candidates.end() && !both->second.text.empty()) {
      out.problems.push_back(fmt::format("{} (from {}) and {} (from {}) are both set; keep one",
                                         setting.key, both->second.origin, file->first, origin));
      continue;
    }
    auto secret = secret_in(file->second.text);
    if (!secret) {
      out.problems.push_back(
          fmt::format("{} (from {}): {}", file->first, origin, secret.error().detail));
      continue;
    }
    candidates[setting.key] = {"", *std::move(secret), file->second.source, origin};
    from_file.insert(setting.key);
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
    if (candidate.source == Source::kFlag && holds_secret(setting, SettingValue{found})) {
      out.warnings.push_back(flag_warning(setting, candidate.origin));
    }
    for (auto& [name, text] : found) {
      if (!name.ends_with(kNamedFileSuffix)) {
        texts.insert_or_assign(name, std::move(text));
        continue;
      }
      auto secret = secret_in(text);
      if (secret) {
        texts.insert_or_assign(name.substr(0, name.size() - kNamedFileSuffix.size()),
                               *std::move(secret));
        continue;
      }
      out.problems.push_back(fmt::format("{} (from {}): {}: {}", setting.key, candidate.origin,
                                         name, secret.error().detail));
    }
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

void Resolver::warn_of_secrets(ConfigValue const& value) {
  Setting const& setting = *value.setting;
  if (!setting.secret || !holds_secret(setting, value.value)) return;
  if (value.source == Source::kFlag && !from_file.contains(setting.key)) {
    out.warnings.push_back(flag_warning(setting, value.origin));
  }
  if (setting.key == "kafka.schema_registry_url" &&
      setting_text(setting, value.value).starts_with("http://")) {
    out.warnings.push_back(fmt::format(
        "{} (from {}) sends its password in clear text; use https://", setting.key, value.origin));
  }
}

void Resolver::finish() {
  std::ranges::sort(out.config.values_, {}, &ConfigValue::setting);  // as in the table
  for (auto const& value : out.config.values_) {
    auto const& setting = *value.setting;
    warn_of_secrets(value);
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
  resolver.read_secret = input.read_secret;
  if (input.file) resolver.take_file(*input.file);
  resolver.take_environment(input.environment);
  resolver.take_flags(input.flags);
  resolver.take_secret_files();
  // The setting allow_drills comes first: it decides the ranges of all others.
  if (auto const* drills = find_setting(settings, kDrills)) resolver.parse(*drills);
  for (auto const& setting : settings) {
    if (setting.key != kDrills) resolver.parse(setting);
  }
  resolver.finish();
  // Names and values may come from anywhere: what is not printable is shown as an escape.
  for (auto& problem : resolver.out.problems) problem = printable(problem);
  for (auto& warning : resolver.out.warnings) warning = printable(warning);
  return std::move(resolver.out);
}

}  // namespace k2::app
