// The configuration of a run: every setting with its value and where it came from. A flag wins
// over the environment, the environment over the file, the file over the default. Resolving is
// pure: flags, environment and the file's text are arguments, so that a test is a table.
#pragma once

#include "app/setting_value.hpp"
#include "app/settings.hpp"
#include "core/assert.hpp"

#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::app {

enum class Source : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };
[[nodiscard]] std::string_view source_name(Source source) noexcept;

/// The sources of a run's settings. Keys of `flags` are keys of settings; `environment` may hold
/// any names, those that begin with K2_ count.
struct ConfigInput {
  std::map<std::string, std::string> flags;
  std::map<std::string, std::string> environment;
  struct File {
    std::string name;
    std::string text;
  };
  std::optional<File> file;
  /// Reads the file that a `_file` setting or a text by name that ends in `.file` points to.
  std::function<Result<std::string>(std::string const& path)> read_secret{};
};

struct ConfigValue {
  Setting const* setting = nullptr;
  SettingValue value;
  Source source = Source::kDefault;
  /// "--symbols", "K2_BINANCE_SYMBOLS", "k2.toml:3", or "" for a default.
  std::string origin;
};

class Config {
 public:
  /// The values in the order of the settings.
  [[nodiscard]] std::span<ConfigValue const> values() const { return values_; }
  [[nodiscard]] ConfigValue const& at(std::string_view key) const;
  /// Takes another value for its setting.
  void set(ConfigValue const& value);

  /// The value of a setting that has one of this type: the table's defaults make sure of it.
  template <class T>
  [[nodiscard]] T const& get(std::string_view key) const {
    auto const* value = std::get_if<T>(&at(key).value);
    K2_ASSERT(value != nullptr);
    return *value;
  }
  /// The value, or T{} when it is not set.
  template <class T>
  [[nodiscard]] T get_or_empty(std::string_view key) const {
    auto const* value = std::get_if<T>(&at(key).value);
    return value == nullptr ? T{} : *value;
  }

 private:
  friend struct Resolver;
  std::vector<ConfigValue> values_;
};

struct Resolved {
  Config config;
  /// The problems, a full sentence each with name, value and remedy. The config counts only when
  /// there is none.
  std::vector<std::string> problems;
  /// The settings that are allowed but dangerous; logged at each start.
  std::vector<std::string> warnings;
};

/// Environment names of K2 that are not settings.
inline constexpr std::string_view kConfigFileEnv = "K2_CONFIG";

/// The configuration, or all of its problems together.
[[nodiscard]] Resolved resolve_config(std::span<Setting const> settings, ConfigInput const& input);

}  // namespace k2::app
