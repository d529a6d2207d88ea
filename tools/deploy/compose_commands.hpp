// The command lines with which two containers of a compose project are blue and green. For `docker
// compose` and for docker-compose 1.29. Pure.
#pragma once

#include "core/result.hpp"
#include "tools/deploy/commands.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::deploy {

/// Is `docker compose` there? Otherwise docker-compose is what is used.
[[nodiscard]] Command compose_plugin_question();

class ComposeCommands {
 public:
  ComposeCommands(Settings settings, bool plugin);

  /// Nothing when the image is here.
  [[nodiscard]] std::optional<Command> get_image() const;
  [[nodiscard]] Command image_question() const;
  /// The service's containers, also those that have ended; a line each, see read_containers().
  [[nodiscard]] Command list() const;
  /// A second container of the service, from green's image; the first is left alone.
  [[nodiscard]] Command start_green(bool shadow) const;
  [[nodiscard]] Command start_again(std::string const& container) const;
  [[nodiscard]] Command stop(std::string const& container) const;
  [[nodiscard]] Command status(std::string const& container) const;
  /// The settings in force there, as JSON.
  [[nodiscard]] Command config(std::string const& container) const;
  /// Removes the container with its journal.
  [[nodiscard]] Command remove(std::string const& container) const;
  [[nodiscard]] Command last_words(std::string const& container) const;
  /// `k2 verify` runs in the container whose journal is verified; both see the topic.
  [[nodiscard]] std::vector<ProofCommand> proofs(Progress const& progress, Check check,
                                                 std::string const& blue,
                                                 std::string const& green) const;

 private:
  [[nodiscard]] Command compose(std::vector<std::string> words, bool shadow = false) const;

  Settings settings_;
  bool plugin_;
};

struct Container {
  std::string id;
  bool running = false;
  std::string image;

  friend bool operator==(Container const&, Container const&) = default;
};

/// The topic and its partitions of what config() prints.
/// Errors: kDataCorrupt, kConfigInvalid when the service delivers into no topic.
[[nodiscard]] Result<Topic> read_topic(std::string_view config);

/// Parses the output of list().
[[nodiscard]] std::vector<Container> read_containers(std::string_view output);

}  // namespace k2::deploy
