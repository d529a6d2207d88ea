#include "app/data_dir.hpp"

#include <fmt/format.h>

#include <iostream>

namespace k2::app {

std::shared_ptr<Flags> add_data_dir_flags(CLI::App& command) {
  return add_setting_flags(command, {"data_dir"});
}

std::optional<std::filesystem::path> find_data_dir(Flags const& flags) {
  auto const resolved = load_config(flags);
  if (!resolved) return std::nullopt;
  print_warnings(*resolved, "k2");
  auto const& found = resolved->config.at("data_dir");
  auto path = resolved->config.get<std::filesystem::path>("data_dir");
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return path;
  std::cerr << fmt::format(
      "k2: there is no data directory '{}' (from {}); name one with "
      "--data-dir\n",
      path.string(), found.origin.empty() ? "the default" : found.origin);
  return std::nullopt;
}

}  // namespace k2::app
