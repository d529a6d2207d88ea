// `k2 deploy`: wiring only; the work is in tools/deploy.
#pragma once

namespace CLI {
class App;
}  // namespace CLI

namespace k2::app {

void add_deploy(CLI::App& app, int& exit_code);

}  // namespace k2::app
