#include "app/stream_setup.hpp"

#include "feed/quote_asset.hpp"
#include "io/listing.hpp"
#include "io/log.hpp"
#include "shard/resume.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <random>

namespace k2::app {
namespace {

using io::LogLevel;

std::string currency_of(Symbol const& symbol, Result<io::Listing> const& listing) {
  if (listing) {
    if (auto const* listed = listing->info.find(symbol.text())) return listed->quote_asset;
  }
  return std::string{feed::guess_quote_asset(symbol.text())};
}

/// Draws a seed for all that is random in this run.
std::uint64_t draw_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

Result<io::ShardRunnerOptions> shard_options(StreamConfig const& config, io::Journal& journal) {
  io::ShardRunnerOptions options;
  options.stream_endpoints = config.stream_endpoints;
  options.rest.endpoints = config.rest_endpoints;
  options.rest.verify = options.tls.verify = config.ssl_verify;
  options.rest.custom_ca_bundle = options.tls.custom_ca_bundle = config.custom_ca_bundle.string();
  options.shard.feed.lines = config.lines;
  options.shard.feed.audit = options.shard.continuity.audit.enabled = config.audit;
  options.shard.feed.line.backoff.base = config.reconnect_delay;
  options.shard.feed.line.data_silence = config.health_check_timeout;
  options.shard.feed.line.lifetime = config.connection_max_lifetime;
  options.shard.feed.line.ping_interval = config.ping_interval;
  options.shard.feed.line.ping_timeout = config.ping_timeout;
  options.shard.continuity.weight_share = config.rest_weight_share;
  options.shard.continuity.gap_patience = config.gap_patience;
  options.shard.next_sequence = journal.next_sequence();
  options.shard.block_delay = config.journal_commit_interval;
  options.seed = draw_seed();
  // An unreadable bundle is said before anything else is tried.
  if (auto const tls = io::make_tls_client(options.tls); !tls) return tls.error();

  auto const listing = io::fetch_listing(options.rest, config.symbols);
  if (!listing) {
    io::log_event(LogLevel::kWarn, "exchange.not_asked",
                  {{"why", listing.error().to_string()},
                   {"instead", "symbols unchecked, currencies told from their names"}});
  } else if (!listing->unknown.empty()) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("the exchange does not list {}; check the spelling of symbols",
                             fmt::join(listing->unknown, ", "))};
  } else if (auto const limit = listing->info.weight_per_minute()) {
    options.shard.continuity.weight_per_minute = static_cast<std::uint32_t>(*limit);
  }

  auto const positions = journal.positions();
  if (!positions) return positions.error();
  auto const gaps = journal.gaps();
  if (!gaps) return gaps.error();
  for (Symbol const& symbol : config.symbols) {
    shard::ShardSymbol made{.symbol = symbol, .currency = currency_of(symbol, listing)};
    shard::resume(made, *positions, *gaps);
    options.shard.symbols.push_back(std::move(made));
  }
  return options;
}

}  // namespace k2::app
