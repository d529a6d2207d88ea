// The command lines of the processes that make up a soak, and what they say when they are up. Pure
// but for the name of this program.
#pragma once

#include "tools/soak/run/options.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::soak {

using Command = std::vector<std::string>;

/// The words `key=value` of the simulator's first line: ws, rest, ca, admin.
using Place = std::map<std::string, std::string>;

/// Parses the ready line of `k2 sim`; empty before it.
[[nodiscard]] std::optional<Place> read_ready_line(std::string_view output);
/// Parses the address of the stream's watch server from its log in JSON; empty before it.
[[nodiscard]] std::optional<std::string> read_watch_address(std::string_view log);

[[nodiscard]] Command sim_command(SoakOptions const& options, std::string const& program);
/// `place` is that of the simulator, empty without one.
[[nodiscard]] Command stream_command(SoakOptions const& options, Place const& place);
/// One, or two with Kafka.
[[nodiscard]] std::vector<Command> verify_commands(SoakOptions const& options,
                                                   std::string const& program);

}  // namespace k2::soak
