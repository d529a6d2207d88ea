#include "tools/deploy/run/compose_runtime.hpp"

#include "io/append_file.hpp"
#include "io/child_process.hpp"
#include "io/clock.hpp"
#include "io/output_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace k2::deploy {
namespace {

using std::chrono::milliseconds;

constexpr char const* kBlueFile = "blue.container";
constexpr milliseconds kAskPatience{15'000};
/// Chosen: making a container takes seconds on a busy machine; an image takes what it takes.
constexpr milliseconds kStartPatience{120'000};
constexpr milliseconds kImagePatience{3'600'000};

std::string short_id(std::string const& id) {
  return id.substr(0, 12);
}

std::string_view from_brace(std::string const& text) {
  auto const begin = text.find('{');
  return begin == std::string::npos ? std::string_view{} : std::string_view{text}.substr(begin);
}

}  // namespace

ComposeRuntime::ComposeRuntime(Settings settings, std::filesystem::path folder)
    : settings_(std::move(settings)), folder_(std::move(folder)) {}

Result<std::string> ComposeRuntime::ask(Command const& command, milliseconds patience) {
  auto const output = folder_ / "command.txt";
  std::error_code ignored;
  std::filesystem::remove(output, ignored);
  auto child = io::ChildProcess::start(command, output);
  if (!child) return child.error();
  if (!child->wait(patience)) {
    child->signal(SIGKILL);
    return Error{Errc::kTimeout, fmt::format("{} {} does not end", command.at(1), command.at(2))};
  }
  auto text = io::read_file(output);
  if (!text) return text.error();
  if (child->exit_code() != 0) {
    constexpr std::size_t kTail = 300;
    return Error{Errc::kBusy, text->substr(text->size() - std::min(text->size(), kTail))};
  }
  return *std::move(text);
}

ComposeCommands& ComposeRuntime::commands() {
  if (!commands_) {
    bool const plugin = ask(compose_plugin_question(), kAskPatience).has_value();
    commands_ = std::make_unique<ComposeCommands>(settings_, plugin);
  }
  return *commands_;
}

Result<std::vector<Container>> ComposeRuntime::list() {
  auto const text = ask(commands().list(), kAskPatience);
  if (!text) return text.error();
  return read_containers(*text);
}

std::string ComposeRuntime::blue_id() const {
  auto const text = io::read_file(folder_ / kBlueFile);
  return text ? text->substr(0, text->find('\n')) : std::string{};
}

std::optional<Container> ComposeRuntime::find(Side side) {
  auto const containers = list();
  auto const blue = blue_id();
  if (!containers) return std::nullopt;
  for (Container const& one : *containers) {
    if ((one.id == blue) == (side == Side::kBlue)) return one;
  }
  return std::nullopt;
}

Result<std::string> ComposeRuntime::prepare() {
  if (auto const get = commands().get_image()) {
    if (auto const got = ask(*get, kImagePatience); !got) return got.error();
  }
  auto const version = ask(commands().image_question(), kAskPatience);
  if (!version) return version.error();
  auto const containers = list();
  if (!containers) return containers.error();
  if (containers->size() != 1 || !containers->front().running) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("the service {} has {} containers; one has to run, and no other be "
                             "there (docker rm -v those that ended)",
                             settings_.containers.service, containers->size())};
  }
  Container const& blue = containers->front();
  auto file = io::OutputFile::open(folder_ / kBlueFile);
  if (!file) return file.error();
  auto written = file->write(blue.id + "\n");
  if (written) written = file->commit();
  if (!written) return written.error();
  auto const seen = probe(Side::kBlue);
  if (!seen.probe) return Error{Errc::kBusy, "blue: " + seen.trouble};
  return fmt::format("blue is container {} of {} ({}); green will be of {}, version {}",
                     short_id(blue.id), blue.image, probe_text(*seen.probe),
                     settings_.containers.image, version->substr(0, version->find('\n')));
}

Result<std::string> ComposeRuntime::start(Side side, bool shadow) {
  auto found = find(side);
  if (found && found->running) return fmt::format("runs, container {}", short_id(found->id));
  if (!found && side == Side::kBlue) {
    return Error{Errc::kFileFailed, "its container is not there any more"};
  }
  auto const done = ask(found ? commands().start_again(found->id) : commands().start_green(shadow),
                        kStartPatience);
  if (!done) return done.error();
  found = find(side);
  if (!found) return Error{Errc::kFileFailed, "compose made no second container"};
  if (side == Side::kGreen && !shadow) {
    auto const config = ask(commands().config(found->id), kAskPatience);
    auto const topic = config ? read_topic(*config) : Result<Topic>{config.error()};
    if (!topic) return topic.error();
    if (topic->name != settings_.topic.name || topic->partitions != settings_.topic.partitions) {
      return Error{Errc::kConfigInvalid,
                   fmt::format("green delivers into {} ({} partitions), blue into {} ({}): set "
                               "K2_KAFKA_TOPIC as for blue",
                               topic->name, topic->partitions, settings_.topic.name,
                               settings_.topic.partitions)};
    }
  }
  return fmt::format("started, container {} of {}", short_id(found->id), found->image);
}

Result<std::string> ComposeRuntime::stop(Side side) {
  auto const found = find(side);
  if (!found) return std::string{"is gone"};
  std::string text{"is gone"};
  if (found->running) {
    auto const begun = io::read_clock().mono;
    auto const patience = std::chrono::ceil<milliseconds>(settings_.periods.stop) + kAskPatience;
    auto const done = ask(commands().stop(found->id), patience);
    if (!done) return done.error();
    text = fmt::format("container {} has left in {:.1f} s", short_id(found->id),
                       std::chrono::duration<double>{io::read_clock().mono - begun}.count());
  }
  if (side != Side::kGreen || !settings_.shadow()) return text;
  // It could only be started again as it was, in the shadow topic.
  auto const removed = ask(commands().remove(found->id), kAskPatience);
  if (!removed) return removed.error();
  return text + " and is removed";
}

SideStatus ComposeRuntime::probe(Side side) {
  auto const found = find(side);
  if (!found) return {.running = false, .probe = {}, .trouble = "there is no container"};
  if (!found->running) {
    auto const said = ask(commands().last_words(found->id), kAskPatience);
    std::string words = said ? *said : "none";
    words.erase(words.find_last_not_of('\n') + 1);
    return {.running = false,
            .probe = {},
            .trouble = "it does not run; its last words: " + std::move(words)};
  }
  auto const status = ask(commands().status(found->id), kAskPatience);
  if (!status) return {.running = true, .probe = {}, .trouble = status.error().detail};
  auto probe = read_probe(from_brace(*status));
  if (!probe) return {.running = true, .probe = {}, .trouble = probe.error().to_string()};
  return {.running = true, .probe = *std::move(probe), .trouble = {}};
}

Result<Topic> ComposeRuntime::running_topic() {
  auto const containers = list();
  if (!containers) return containers.error();
  auto const running = std::ranges::find(*containers, true, &Container::running);
  if (running == containers->end()) {
    return Error{Errc::kConfigInvalid, fmt::format("no container of the service {} runs; start it "
                                                   "with `docker compose up -d`",
                                                   settings_.containers.service)};
  }
  auto const text = ask(commands().config(running->id), kAskPatience);
  if (!text) return text.error();
  return read_topic(*text);
}

std::vector<ProofCommand> ComposeRuntime::proofs(Progress const& progress, Check check) {
  auto const green = find(Side::kGreen);
  return commands().proofs(progress, check, blue_id(), green ? green->id : std::string{});
}

}  // namespace k2::deploy
