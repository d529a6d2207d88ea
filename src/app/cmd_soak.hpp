// `k2 soak`: runs the stream for hours or days and judges what it saw (tools/soak).
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace k2::app {

/// Adds the subcommand; its exit code goes to `exit_code` while parsing.
void add_soak(CLI::App& app, int& exit_code);

}  // namespace k2::app
