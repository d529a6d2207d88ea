#include "app/stream_config.hpp"

#include "app/kafka_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::app {
namespace {

/// journal.max_bytes where Kafka has what is deleted. Chosen: at 1,000 trades a second a day's
/// half, at 10,000 more than an hour; longer outages are fetched again.
constexpr std::uint64_t kJournalBytesOfKafka = std::uint64_t{8} << 30;

std::chrono::milliseconds length(Config const& config, std::string_view key) {
  return std::chrono::ceil<std::chrono::milliseconds>(config.get<std::chrono::nanoseconds>(key));
}

Error invalid(Config const& config, std::string_view key, std::string const& detail) {
  return Error{Errc::kConfigInvalid,
               fmt::format("{} (from {}): {}", key, config.at(key).origin, detail)};
}

/// Reads where tapes begin.
Result<TapeStart> tape_start(Config const& config, SymbolSelection const& symbols) {
  TapeStart start;
  if (auto const text = config.get_or_empty<std::string>("binance.since"); !text.empty()) {
    auto const since = parse_since(text);
    if (!since) return invalid(config, "binance.since", since.error().detail);
    start.since = *since;
  }
  auto ids = parse_from_id(config.get_or_empty<std::string>("binance.from_id"));
  if (!ids) return invalid(config, "binance.from_id", ids.error().detail);
  for (auto const& [symbol, id] : *ids) {
    if (!symbols.quotes.empty() ||
        std::ranges::find(symbols.named, symbol) != symbols.named.end()) {
      continue;
    }
    return invalid(config, "binance.from_id",
                   fmt::format("'{}' is not among binance.symbols", symbol.text()));
  }
  start.from_id = *std::move(ids);
  return start;
}

}  // namespace

Result<StreamConfig> stream_config(Config const& config) {
  StreamConfig stream;
  stream.symbols = config.get_or_empty<SymbolSelection>("binance.symbols");
  if (stream.symbols.empty()) {
    return Error{Errc::kConfigInvalid,
                 "there is nothing to record: name symbols, for example --symbols BTCUSDT,ETHUSDT "
                 "(or K2_BINANCE_SYMBOLS, or symbols under [binance] in the file)"};
  }
  auto start = tape_start(config, stream.symbols);
  if (!start) return start.error();
  stream.start = *std::move(start);
  stream.symbols_refresh = length(config, "binance.symbols_refresh_seconds");
  if (auto const url = config.get_or_empty<std::string>("binance.proxy_url"); !url.empty()) {
    auto proxy = io::Proxy::parse(url);
    if (!proxy) return invalid(config, "binance.proxy_url", "the URL " + proxy.error().detail);
    stream.proxy = *std::move(proxy);
  }
  stream.stream_endpoints = config.get<std::vector<feed::Endpoint>>("binance.stream_url");
  stream.rest_endpoints = config.get<std::vector<feed::Endpoint>>("binance.rest_url");
  stream.lines = config.get<std::string>("binance.lines") == "2" ? 2 : 1;
  stream.audit = config.get<bool>("binance.audit");
  stream.audit_patience = length(config, "binance.audit_patience_seconds");
  stream.ssl_verify = config.get<bool>("binance.ssl_verify");
  stream.custom_ca_bundle = config.get_or_empty<std::filesystem::path>("binance.custom_ca_bundle");
  stream.reconnect_delay = length(config, "binance.reconnect_delay_seconds");
  stream.health_check_timeout = length(config, "binance.health_check_timeout_seconds");
  stream.connection_max_lifetime = length(config, "binance.connection_max_lifetime_hours");
  stream.ping_interval = length(config, "binance.ping_interval_seconds");
  stream.ping_timeout = length(config, "binance.ping_timeout_seconds");
  stream.rest_weight_share = config.get<double>("binance.rest_weight_share");
  stream.address_share = config.get<double>("binance.address_share");
  stream.gap_patience = length(config, "gap_patience_seconds");
  stream.data_dir = config.get<std::filesystem::path>("data_dir");
  if (config.get<std::string>("journal.sync") == "full") {
    stream.journal_sync = io::JournalSync::kFull;
  }
  stream.journal_commit_interval = length(config, "journal.commit_interval_ms");
  if (config.get<std::string>("sink") == "kafka") {
    auto kafka = kafka_options(config);
    if (!kafka) return kafka.error();
    stream.kafka = *std::move(kafka);
    stream.journal_bytes_max = kJournalBytesOfKafka;
  }
  stream.dead_letters_bytes_max =
      static_cast<std::uint64_t>(config.get<double>("journal.dead_letters_max_bytes"));
  if (auto const* bytes = std::get_if<double>(&config.at("journal.max_bytes").value)) {
    stream.journal_bytes_max = static_cast<std::uint64_t>(*bytes);
  }
  if (std::holds_alternative<std::chrono::nanoseconds>(config.at("duration").value)) {
    stream.duration = length(config, "duration");
  }
  return stream;
}

Result<StreamConfig> load_stream_config(ConfigInput const& input) {
  auto const resolved = resolve_config(all_settings(), input);
  if (!resolved.problems.empty()) return Error{Errc::kConfigInvalid, resolved.problems.front()};
  return stream_config(resolved.config);
}

}  // namespace k2::app
