// `k2 report`: queries a Prometheus server about days of a stream and judges them.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_report(CLI::App& app, int& exit_code);

}  // namespace k2::app
