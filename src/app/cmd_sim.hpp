// `k2 sim`: the exchange simulator, for tests, drills and demos without the real exchange.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_sim(CLI::App& app, int& exit_code);

}  // namespace k2::app
