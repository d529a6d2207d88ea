// Derives the plan of a soak from the command line and the settings. Pure except for the names of
// programs and folders, and for secrets, which it puts into the environment of the processes.
#pragma once

#include "app/config.hpp"
#include "app/flags.hpp"
#include "core/result.hpp"
#include "tools/soak/run/options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace k2::app {

/// The flags of `k2 soak` besides the stream's settings.
struct SoakFlags {
  std::string duration = "1h";
  double compress = 1;
  std::string folder = "./k2-soak";
  bool resume = false;
  std::string stream_program;
  bool sim = false;
  std::uint64_t rate = 1000;
  std::uint64_t seed = 1;
  std::vector<std::string> faults;
  std::string faults_file;
};

/// Errors: kConfigInvalid, with the remedy.
[[nodiscard]] Result<soak::SoakOptions> soak_options(Flags const& flags, Config const& config,
                                                     SoakFlags const& soak_flags);

}  // namespace k2::app
