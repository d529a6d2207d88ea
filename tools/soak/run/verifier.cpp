#include "tools/soak/run/verifier.hpp"

#include "io/append_file.hpp"
#include "io/child_process.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace k2::soak {
namespace {

/// Source: docs/validation.md, the exit codes of `k2 verify`.
constexpr int kExitUnknown = 3;

/// Nothing when the result does not say.
std::optional<std::uint64_t> open_gap_ids(nlohmann::json const& json) {
  if (!json.contains("symbols") || !json["symbols"].is_array()) return std::nullopt;
  std::uint64_t sum = 0;
  for (auto const& symbol : json["symbols"]) {
    auto const path = nlohmann::json::json_pointer{"/coverage/in_open_gaps"};
    if (!symbol.contains(path) || !symbol[path].is_number_unsigned()) return std::nullopt;
    sum += symbol[path].get<std::uint64_t>();
  }
  return sum;
}

}  // namespace

Verified read_verified(std::string_view output, int exit_code) {
  auto const begin = output.find('{');
  auto const json = begin == std::string_view::npos
                        ? nlohmann::json()
                        : nlohmann::json::parse(output.substr(begin), nullptr, false);
  if (!json.is_object()) {
    return {.command = {},
            .clean = false,
            .verdict = fmt::format("it failed with {}: {}", exit_code, output.substr(0, 300))};
  }
  return {.command = {},
          .clean = exit_code == 0 && json.value("clean", false),
          .unknown = exit_code == kExitUnknown && json.value("outcome", "") == "unknown",
          .verdict = json.value("verdict", std::string{"it gave no verdict"}),
          .open_gap_ids = open_gap_ids(json)};
}

std::vector<Verified> run_verifiers(std::vector<std::vector<std::string>> const& commands,
                                    std::filesystem::path const& folder) {
  std::vector<Verified> all;
  for (auto const& command : commands) {
    auto const output = folder / fmt::format("verify-{}.json", all.size() + 1);
    std::error_code ignored;
    std::filesystem::remove(output, ignored);  // of a soak that died while verifying
    Verified verified;
    auto child = io::ChildProcess::start(command, output);
    if (!child) {
      verified.verdict = child.error().to_string();
    } else {
      while (!child->wait(std::chrono::minutes{1})) {
      }
      auto const text = io::read_file(output);
      verified = read_verified(text ? *text : text.error().detail, child->exit_code().value_or(1));
    }
    verified.command = fmt::format("{}", fmt::join(command, " "));
    all.push_back(std::move(verified));
  }
  return all;
}

}  // namespace k2::soak
