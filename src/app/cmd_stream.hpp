// `k2 stream`: records every trade of its symbols into the journal until it is stopped.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_stream(CLI::App& app, int& exit_code);

}  // namespace k2::app
