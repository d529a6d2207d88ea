// `k2 metrics`: the reference page of all metrics, which docs/metrics.md is.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_metrics(CLI::App& app);

}  // namespace k2::app
