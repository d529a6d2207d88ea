// `k2 gaps`: the declared gaps of a data directory, also while another process writes it.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_gaps(CLI::App& app, int& exit_code);

}  // namespace k2::app
