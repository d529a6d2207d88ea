// `k2 export`: the stored trades as csv, JSON lines or an Avro container.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_export(CLI::App& app, int& exit_code);

}  // namespace k2::app
