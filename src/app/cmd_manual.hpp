// `k2 manual`: what packages install beside the program, made from its own definition.
#pragma once

namespace CLI {
class App;
}

namespace k2::app {

void add_manual(CLI::App& app);

}  // namespace k2::app
