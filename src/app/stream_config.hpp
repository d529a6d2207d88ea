// The configuration of `k2 stream`, typed: no text and no raw number leaves it.
#pragma once

#include "app/config.hpp"
#include "app/symbol_selection.hpp"
#include "app/tape_start.hpp"
#include "core/result.hpp"
#include "feed/endpoint.hpp"
#include "io/journal.hpp"
#include "io/kafka_options.hpp"
#include "io/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

namespace k2::app {

struct StreamConfig {
  /// Never empty.
  SymbolSelection symbols;
  TapeStart start;
  std::chrono::milliseconds symbols_refresh{};
  /// Never empty; tried in turn.
  std::vector<feed::Endpoint> stream_endpoints;
  std::vector<feed::Endpoint> rest_endpoints;
  /// The number of connections that carry each stream.
  std::size_t lines = 1;
  bool audit = true;
  std::chrono::milliseconds audit_patience{};
  bool ssl_verify = true;
  /// Empty: only the system's authorities.
  std::filesystem::path custom_ca_bundle;
  /// The proxy for connections and REST.
  std::optional<io::Proxy> proxy;
  std::chrono::milliseconds reconnect_delay{};
  std::chrono::milliseconds health_check_timeout{};
  std::chrono::milliseconds connection_max_lifetime{};
  std::chrono::milliseconds ping_interval{};
  std::chrono::milliseconds ping_timeout{};
  /// 0..1 of the exchange's REST request weight.
  double rest_weight_share = 0;
  /// 0..1 of what the exchange allows an address.
  double address_share = 1;
  std::chrono::milliseconds gap_patience{};
  std::filesystem::path data_dir;
  io::JournalSync journal_sync = io::JournalSync::kNormal;
  std::chrono::milliseconds journal_commit_interval{};
  /// 0: without limit.
  std::uint64_t journal_bytes_max = 0;
  std::uint64_t dead_letters_bytes_max = 0;
  /// Set when trades are delivered from the journal into Kafka.
  std::optional<io::KafkaOptions> kafka;
  /// The duration of the run; not set: runs until it is stopped.
  std::optional<std::chrono::milliseconds> duration;
};

/// The typed configuration of `k2 stream`.
/// Errors: kConfigInvalid when there is no symbol to record, or a tape is to begin nowhere.
[[nodiscard]] Result<StreamConfig> stream_config(Config const& config);

/// Reads the configuration from its sources; the detail of an error is the first problem.
/// Errors: kConfigInvalid.
[[nodiscard]] Result<StreamConfig> load_stream_config(ConfigInput const& input);

}  // namespace k2::app
