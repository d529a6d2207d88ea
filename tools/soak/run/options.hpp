// The options of a soak test, from the command line and the settings.
#pragma once

#include "tools/soak/plan.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace k2::soak {

/// An exchange simulator that the soak test starts itself.
struct SimOptions {
  std::uint64_t rate = 1000;
  std::uint64_t seed = 1;
  std::vector<std::string> faults;
  std::string faults_file;
  /// Streams that the market waits for, so that the first trade is in the tape: the symbols'
  /// trades, whose lines come before those of candles.
  std::size_t subscribed = 1;
};

struct SoakOptions {
  Plan plan;
  std::filesystem::path folder;
  bool resume = false;
  std::string version;
  /// The program whose `stream` is tested; the exchange and the verifier are this one's own.
  std::string stream_program;
  /// Flags of the stream, but for those that the soak sets itself.
  std::vector<std::string> stream_flags;
  std::string symbols;
  std::filesystem::path data_dir;
  /// Without it: the exchange that the stream's settings name.
  std::optional<SimOptions> sim;
  /// Flags of `k2 verify --kafka`; nothing while trades end in the journal.
  std::optional<std::vector<std::string>> kafka_flags;
};

}  // namespace k2::soak
