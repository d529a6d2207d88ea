// `k2 ctl`: a word to the stream that records into a data directory.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_ctl(CLI::App& app, int& exit_code);

}  // namespace k2::app
