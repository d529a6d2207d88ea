// `k2 verify`: proves a data directory against what was published, or by itself.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_verify(CLI::App& app, int& exit_code);

}  // namespace k2::app
