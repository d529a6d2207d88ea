#include "app/stream_setup.hpp"

#include "feed/limits.hpp"

#include <algorithm>
#include <random>
#include <utility>

namespace k2::app {
namespace {

/// Draws a seed for all that is random in this run.
std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

io::HttpsClientOptions rest_options(StreamConfig const& config) {
  io::HttpsClientOptions rest;
  rest.endpoints = config.rest_endpoints;
  rest.verify = config.ssl_verify;
  rest.custom_ca_bundle = config.custom_ca_bundle.string();
  rest.proxy = config.proxy;
  return rest;
}

Result<io::ShardRunnerOptions> shard_options(StreamConfig const& config, Tapes& tapes,
                                             std::uint64_t next_sequence,
                                             std::stop_token const& stop) {
  io::ShardRunnerOptions options;
  options.stream_endpoints = config.stream_endpoints;
  options.rest = rest_options(config);
  options.proxy = config.proxy;
  options.tls.verify = config.ssl_verify;
  options.tls.custom_ca_bundle = config.custom_ca_bundle.string();
  options.shard.feed.lines = config.lines;
  options.shard.feed.audit = options.shard.continuity.audit.enabled = config.audit;
  options.shard.continuity.audit.patience = config.audit_patience;
  options.shard.feed.line.backoff.base = config.reconnect_delay;
  options.shard.feed.line.data_silence = config.health_check_timeout;
  options.shard.feed.line.lifetime = config.connection_max_lifetime;
  options.shard.feed.line.ping_interval = config.ping_interval;
  options.shard.feed.line.ping_timeout = config.ping_timeout;
  options.shard.continuity.weight_share = config.rest_weight_share * config.address_share;
  options.shard.feed.connects_per_window = std::max<std::size_t>(
      1, static_cast<std::size_t>(feed::kConnectsPerWindow * config.address_share));
  options.shard.continuity.gap_patience = config.gap_patience;
  options.shard.next_sequence = next_sequence;
  options.shard.block_delay = config.journal_commit_interval;
  options.seed = draw_seed();
  // An unreadable bundle is reported before anything else is tried.
  if (auto const tls = io::make_tls_client(options.tls); !tls) return tls.error();

  auto roll = tapes.call(config, options.rest, stop);
  if (!roll) return roll.error();
  tapes.remember(roll->symbols);
  options.shard.symbols = std::move(roll->symbols);
  if (roll->weight_per_minute) {
    options.shard.continuity.weight_per_minute =
        static_cast<std::uint32_t>(*roll->weight_per_minute);
  }
  return options;
}

}  // namespace k2::app
