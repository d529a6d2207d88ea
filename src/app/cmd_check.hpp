// `k2 check`: is everything as `k2 stream` needs it?
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_check(CLI::App& app, int& exit_code);

}  // namespace k2::app
