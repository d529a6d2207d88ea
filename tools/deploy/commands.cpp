#include "tools/deploy/commands.hpp"

#include "core/iso_time.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>

namespace k2::deploy {
namespace {

/// Puts the commands of one check together.
class Asking {
 public:
  Asking(Settings const& settings, std::string const& verifier)
      : settings_(settings), verifier_(verifier) {}

  void ask(std::string what, std::vector<std::string> words, std::optional<UtcTime> since,
           std::optional<UtcTime> until = std::nullopt) {
    Command command{verifier_, "verify"};
    command.insert(command.end(), words.begin(), words.end());
    if (since) command.push_back("--since=" + print_iso_time(*since));
    if (until) command.push_back("--until=" + print_iso_time(*until));
    command.emplace_back("--json");
    commands_.push_back({.what = std::move(what), .command = std::move(command)});
  }

  [[nodiscard]] std::vector<std::string> journal(Side side) const {
    return {"--data-dir=" + instance(side).data_dir};
  }
  [[nodiscard]] std::vector<std::string> topic(Side side) const {
    return {"--kafka", "--config=" + instance(side).config};
  }
  [[nodiscard]] std::string against(Side side) const {
    return "--against=" + instance(side).data_dir;
  }
  [[nodiscard]] std::vector<ProofCommand> take() { return std::move(commands_); }

 private:
  [[nodiscard]] Instance const& instance(Side side) const {
    return side == Side::kBlue ? settings_.blue : settings_.green;
  }

  Settings const& settings_;
  std::string const& verifier_;
  std::vector<ProofCommand> commands_;
};

std::vector<std::string> with(std::vector<std::string> words, std::string word) {
  words.push_back(std::move(word));
  return words;
}

void ask_diff(Settings const& settings, Progress const& progress, Asking& asking) {
  auto const from = progress.dual_from;
  auto const until = progress.dual_until;
  auto const green = asking.journal(Side::kGreen);
  if (!settings.kafka() || settings.topic.blue_is_warm) {
    asking.ask("green's journal against blue's", with(green, asking.against(Side::kBlue)), from,
               until);
  }
  asking.ask("green's journal alone", green, from);
  if (!settings.kafka()) return;
  asking.ask("the topic against green's journal",
             with(asking.topic(Side::kGreen), asking.against(Side::kGreen)), from, until);
  if (settings.shadow()) {
    asking.ask("the topic against the shadow topic",
               with(asking.topic(Side::kGreen), "--against-topic=" + settings.topic.shadow), from,
               until);
  }
}

void ask_whole(Settings const& settings, Progress const& progress, Asking& asking) {
  auto const from = progress.dual_from;
  auto const green = asking.journal(Side::kGreen);
  if (!settings.kafka() || settings.topic.blue_is_warm) {
    // What was traded just before blue left has not reached it any more.
    auto const settled = progress.cut_at.value() -
                         std::chrono::ceil<std::chrono::microseconds>(settings.periods.settle);
    asking.ask("green's journal against blue's, until blue left",
               with(green, asking.against(Side::kBlue)), from,
               std::max(progress.dual_until.value(), settled));
  }
  asking.ask("green's journal alone", green, from);
  if (!settings.kafka()) return;
  asking.ask("the topic against green's journal",
             with(asking.topic(Side::kGreen), asking.against(Side::kGreen)), from,
             progress.validated_until);
  asking.ask("the topic alone", asking.topic(Side::kGreen), from);
}

}  // namespace

Command start_command(Settings const& settings, Side side, bool shadow) {
  Instance const& one = side == Side::kBlue ? settings.blue : settings.green;
  Command command{one.program, "stream", "--config=" + one.config, "--log-format=json"};
  if (side == Side::kGreen && settings.kafka()) command.emplace_back("--kafka-standby=warm");
  if (shadow) command.push_back("--kafka-topic=" + settings.topic.shadow);
  return command;
}

std::vector<ProofCommand> proof_commands(Settings const& settings, Progress const& progress,
                                         Check check, std::string const& verifier) {
  Asking asking{settings, verifier};
  switch (check) {
    case Check::kCompare:
      ask_diff(settings, progress, asking);
      break;
    case Check::kPeriod:
      ask_whole(settings, progress, asking);
      break;
    case Check::kRollback:
      if (settings.kafka()) {
        asking.ask("the topic alone", asking.topic(Side::kBlue), progress.began);
      } else {
        asking.ask("blue's journal alone", asking.journal(Side::kBlue), progress.began);
      }
      break;
  }
  return asking.take();
}

Proof read_proof(ProofCommand const& asked, std::string_view output, int exit_code) {
  Proof proof{.what = asked.what, .command = fmt::format("{}", fmt::join(asked.command, " "))};
  auto const begin = output.find('{');
  auto const json = begin == std::string_view::npos
                        ? nlohmann::json()
                        : nlohmann::json::parse(output.substr(begin), nullptr, false);
  if (!json.is_object() || !json.contains("total")) {
    proof.verdict = fmt::format("it failed with {}: {}", exit_code, output.substr(0, 300));
    return proof;
  }
  proof.clean = exit_code == 0 && json.value("clean", false);
  proof.verdict = json.value("verdict", std::string{"it gave no verdict"});
  auto const& total = json["total"];
  auto const count = [&total](char const* name) { return total.value(name, std::uint64_t{0}); };
  proof.published = count("published");
  proof.stored = count("stored");
  proof.missing = count("missing") + count("declared");
  proof.duplicate = count("duplicate");
  proof.out_of_order = count("out_of_order");
  proof.altered = count("altered");
  proof.unexpected = count("unexpected");
  return proof;
}

}  // namespace k2::deploy
