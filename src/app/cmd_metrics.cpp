#include "app/cmd_metrics.hpp"

#include "watch/metric.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <iostream>

namespace k2::app {

void add_metrics(CLI::App& app) {
  auto* const command =
      app.add_subcommand("metrics", "List the metrics of `k2 stream` with their meaning");
  command->callback([] { std::cout << watch::metrics_markdown(); });
}

}  // namespace k2::app
