#include "app/toml_file.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>
#include <tuple>

namespace k2::app {
namespace {

std::optional<std::string> scalar_text(toml::node const& node) {
  if (auto const* text = node.as_string()) return text->get();
  if (auto const* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (auto const* integer = node.as_integer()) return fmt::format("{}", integer->get());
  if (auto const* number = node.as_floating_point()) return fmt::format("{}", number->get());
  return std::nullopt;
}

std::optional<std::string> node_text(toml::node const& node) {
  auto const* array = node.as_array();
  if (array == nullptr) return scalar_text(node);
  std::string joined;
  for (auto const& element : *array) {
    auto const text = scalar_text(element);
    if (!text) return std::nullopt;
    if (!joined.empty()) joined.push_back(',');
    joined.append(*text);
  }
  return joined;
}

int line_of(toml::node const& node) {
  return static_cast<int>(node.source().begin.line);
}

// The library limits how deep tables may nest, so the recursion is bounded.
Result<void> flatten(toml::table const& table, std::string const& prefix,
                     std::vector<FileEntry>& entries) {
  for (auto const& [name, node] : table) {
    auto const key = prefix + std::string{name.str()};
    if (auto const* inner = node.as_table()) {
      if (inner->empty()) entries.push_back({.key = key, .text = {}, .line = line_of(node)});
      auto const flattened = flatten(*inner, key + ".", entries);
      if (flattened.has_error()) return flattened;
      continue;
    }
    auto text = node_text(node);
    if (!text) {
      return Error{Errc::kConfigInvalid,
                   fmt::format("line {}: {} holds a date or a nested table; settings are texts, "
                               "numbers, true or false, or lists of these",
                               line_of(node), key)};
    }
    entries.push_back({.key = key, .text = std::move(*text), .line = line_of(node)});
  }
  return {};
}

}  // namespace

Result<std::vector<FileEntry>> parse_toml(std::string_view text) {
  std::vector<FileEntry> entries;
  try {
    auto const table = toml::parse(text);
    auto const flattened = flatten(table, "", entries);
    if (flattened.has_error()) return flattened.error();
  } catch (toml::parse_error const& failure) {
    auto const& where = failure.source().begin;
    return Error{Errc::kConfigInvalid, fmt::format("line {}, column {}: {}", where.line,
                                                   where.column, failure.description())};
  }
  std::ranges::sort(entries, {}, [](auto const& entry) { return std::tie(entry.line, entry.key); });
  return entries;
}

}  // namespace k2::app
