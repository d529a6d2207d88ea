#include "app/settings.hpp"

#include "app/symbol_selection.hpp"
#include "core/assert.hpp"
#include "feed/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace k2::app {
namespace {

constexpr std::array kSettings{
    Setting{.key = "binance.symbols",
            .kind = Kind::kSymbols,
            .fallback = "",
            .range = Range{0, static_cast<double>(kSymbolsMax)},
            .meaning = "The symbols to record: BTCUSDT,ETHUSDT by name, all:USDT for every symbol "
                       "that trades in USDT, all for every one. SIGHUP reads it again while `k2 "
                       "stream` runs, and symbols_refresh_seconds queries the exchange again: "
                       "symbols are added and removed, nothing else stops."},
    Setting{.key = "binance.symbols_refresh_seconds",
            .kind = Kind::kDuration,
            .fallback = "3600",
            .unit = "s",
            .range = Range{60, 604'800},
            .drill_range = Range{1, 604'800},
            .meaning = "Interval at which `k2 stream` queries the exchange again for its list of "
                       "symbols and its REST weight limit. New listings are then recorded from "
                       "their first trade, and symbols that are no longer listed are left out."},
    Setting{
        .key = "binance.since",
        .kind = Kind::kText,
        .fallback = "",
        .meaning =
            "The start of tapes that data_dir does not hold yet: a moment (2026-11-01T12:00:00Z) "
            "or how long ago (6h). Not set: with their first live trade."},
    Setting{
        .key = "binance.from_id",
        .kind = Kind::kText,
        .fallback = "",
        .meaning =
            "The first trade id of new tapes: BTCUSDT=3735683259,ETHUSDT=12. It overrides since."},
    Setting{.key = "binance.stream_url",
            .kind = Kind::kUrls,
            .fallback = "wss://stream.binance.com:9443,wss://stream.binance.com:443",
            .choices = "wss|ws",
            .meaning = "The endpoints that trades are streamed from. The later ones are tried in "
                       "turn when a connection fails. All must belong to the same exchange: "
                       "another exchange has other trade ids."},
    Setting{.key = "binance.rest_url",
            .kind = Kind::kUrls,
            .fallback = "https://api.binance.com",
            .choices = "https|http",
            .meaning = "The endpoint that missed trades are fetched from. It must offer "
                       "/api/v3/historicalTrades."},
    Setting{.key = "binance.lines",
            .kind = Kind::kChoice,
            .fallback = "1",
            .choices = "1|2",
            .meaning =
                "Number of connections that carry each stream permanently. With 2, on different "
                "stream_url endpoints if there are two, the loss of one causes no gap."},
    Setting{.key = "binance.audit",
            .kind = Kind::kBool,
            .fallback = "true",
            .meaning =
                "Compare every minute with the exchange's own count of its trades, over a separate "
                "connection. It proves completeness and finds streams that stopped individually."},
    Setting{.key = "binance.audit_patience_seconds",
            .kind = Kind::kDuration,
            .fallback = "180",
            .unit = "s",
            .range = Range{180, 86400},
            .drill_range = Range{1, 86400},
            .meaning = "Time after the end of a minute in which its missing trades can be fetched, "
                       "until it is reported as incomplete."},
    Setting{.key = "binance.ssl_verify",
            .kind = Kind::kBool,
            .fallback = "true",
            .meaning =
                "Verify the exchange's certificate and host name. Turning this off lets anyone on "
                "the network path forge trades; use custom_ca_bundle for a private CA instead.",
            .dangerous = "false",
            .warning = "the exchange's certificate is not verified: anyone on the network path can "
                       "forge trades; trust a private CA with custom_ca_bundle instead"},
    Setting{.key = "binance.custom_ca_bundle",
            .kind = Kind::kPath,
            .fallback = "",
            .meaning = "A PEM file of certificate authorities that are trusted as well as the "
                       "system's: of a company proxy, or of `k2 sim`."},
    Setting{.key = "binance.proxy_url",
            .kind = Kind::kText,
            .fallback = "",
            .meaning = "An HTTP proxy for connections and REST, used with CONNECT: "
                       "http://host:port or http://user:password@host:port. Not set: a direct "
                       "connection; HTTPS_PROXY and similar variables are ignored.",
            .secret = true},
    Setting{.key = "binance.proxy_url_file",
            .kind = Kind::kPath,
            .fallback = "",
            .meaning = "A file that contains proxy_url, used instead of it. A name without a "
                       "folder is one of systemd's credentials (LoadCredential)."},
    Setting{.key = "binance.reconnect_delay_seconds",
            .kind = Kind::kDuration,
            .fallback = "1",
            .unit = "s",
            .range = Range{0.1, 60},
            .drill_range = Range{0.001, 3600},
            .meaning = "Maximum wait before the second connection attempt. The limit doubles with "
                       "each attempt up to a minute, and is reset after a connection that "
                       "delivered for sixty times as long."},
    Setting{.key = "binance.health_check_timeout_seconds",
            .kind = Kind::kDuration,
            .fallback = "30",
            .unit = "s",
            .range = Range{5, 3600},
            .drill_range = Range{0.1, 86400},
            .meaning = "A connection without market data for this long gets a successor; the wait "
                       "doubles up to an hour while the successors are silent as well."},
    Setting{
        .key = "binance.connection_max_lifetime_hours",
        .kind = Kind::kDuration,
        .fallback = "4",
        .unit = "h",
        .range = Range{1, 24},
        .drill_range = Range{0.0005, 24},
        .meaning =
            "Age at which a connection is replaced; up to a tenth of it earlier, drawn per "
            "connection. The old one is closed only when the new one delivers everything that it "
            "delivers. The exchange itself closes connections at 24 h, so 23 h is the latest."},
    Setting{.key = "binance.ping_interval_seconds",
            .kind = Kind::kDuration,
            .fallback = "180",
            .unit = "s",
            .range = Range{30, 600},
            .drill_range = Range{0.2, 86400},
            .meaning = "Interval at which K2 pings the exchange to detect a dead connection. The "
                       "exchange's pings are answered in any case."},
    Setting{.key = "binance.ping_timeout_seconds",
            .kind = Kind::kDuration,
            .fallback = "10",
            .unit = "s",
            .range = Range{5, 60},
            .drill_range = Range{0.1, 3600},
            .meaning = "A connection whose pong takes longer is replaced."},
    Setting{.key = "binance.rest_weight_share",
            .kind = Kind::kNumber,
            .fallback = "0.9",
            .range = Range{0.01, 1},
            .meaning = "The share of the exchange's REST request weight that the backfill may use, "
                       "of what address_share leaves to this process."},
    Setting{
        .key = "binance.address_share",
        .kind = Kind::kNumber,
        .fallback = "1",
        .range = Range{0.01, 1},
        .meaning =
            "The share of the exchange's limits per address that this process uses, for connection "
            "attempts and REST request weight: 0.5 for two processes behind one address."},
    Setting{.key = "gap_patience_seconds",
            .kind = Kind::kDuration,
            .fallback = "60",
            .unit = "s",
            .range = Range{1, 86400},
            .drill_range = Range{0, 86400 * 365},
            .meaning =
                "Time that later trades of a symbol wait for the backfill of a gap. Then the gap "
                "is declared, delivery continues, and trades fetched later follow marked LATE."},
    Setting{
        .key = "data_dir",
        .kind = Kind::kPath,
        .fallback = "./k2-data",
        .meaning =
            "The directory of the journal of recorded trades. One process writes to it at a time."},
    Setting{.key = "sink",
            .kind = Kind::kChoice,
            .fallback = "local",
            .choices = "local|kafka",
            .meaning = "The destination of trades: local is the journal in data_dir; kafka is the "
                       "topic, which follows the journal."},
    Setting{
        .key = "kafka.bootstrap_servers",
        .kind = Kind::kText,
        .fallback = "127.0.0.1:9092",
        .meaning = "The brokers that are contacted first: host:port, several separated by commas."},
    Setting{.key = "kafka.topic",
            .kind = Kind::kText,
            .fallback = "market.crypto.trades.binance",
            .meaning = "The topic of trades, keyed by symbol. K2 also keeps <topic>.positions: the "
                       "position of each symbol, in the same transactions."},
    Setting{.key = "kafka.partitions",
            .kind = Kind::kNumber,
            .fallback = "12",
            .range = Range{1, 10'000},
            .meaning = "Number of partitions that K2 delivers into. Choose it once: a topic that "
                       "was first delivered with another number is refused, because symbols would "
                       "move. Partitions that are added to a topic later stay unused."},
    Setting{.key = "kafka.create_topics",
            .kind = Kind::kBool,
            .fallback = "true",
            .meaning = "Create topics that are missing, with as many replicas as there are "
                       "brokers, at most 3."},
    Setting{.key = "kafka.trades_retention",
            .kind = Kind::kText,
            .fallback = "unlimited",
            .meaning =
                "Retention of the topic of trades when K2 creates it: unlimited, a time such as "
                "30d, or broker for the brokers' default, which is mostly 7 days. An existing "
                "topic is not changed; k2 check warns when it keeps trades for less."},
    Setting{.key = "kafka.delivery",
            .kind = Kind::kChoice,
            .fallback = "exactly_once",
            .choices = "exactly_once|at_least_once",
            .meaning = "exactly_once: trades and positions in transactions, for readers with "
                       "isolation.level=read_committed. at_least_once: no transactions; after a "
                       "failure trades may come twice, which message_id identifies."},
    Setting{.key = "kafka.standby",
            .kind = Kind::kChoice,
            .fallback = "cold",
            .choices = "cold|warm",
            .meaning = "Defines what this process records of symbols that another process "
                       "delivers. With cold it records nothing, so several share the load; a "
                       "takeover fetches over REST what was not delivered. With warm it records "
                       "everything, so a takeover needs nothing from the exchange."},
    Setting{.key = "kafka.commit_interval_ms",
            .kind = Kind::kDuration,
            .fallback = "50",
            .unit = "ms",
            .range = Range{1, 10'000},
            .meaning = "Maximum time that trades wait to be committed together: a reader sees a "
                       "trade that much later. With at_least_once a reader sees it immediately, "
                       "and a failure repeats that much."},
    Setting{.key = "kafka.commit_records_max",
            .kind = Kind::kNumber,
            .fallback = "40000",
            .range = Range{50, 1'000'000},
            .meaning = "Maximum number of trades of one transaction. K2 starts with 2,000, doubles "
                       "while transactions are quick, and takes fewer when the link to the brokers "
                       "is slow, so this rarely needs a change."},
    Setting{.key = "kafka.compression",
            .kind = Kind::kChoice,
            .fallback = "lz4",
            .choices = "none|lz4|zstd|snappy|gzip",
            .meaning = "Compression of batches."},
    Setting{.key = "kafka.schema_registry_url",
            .kind = Kind::kText,
            .fallback = "http://127.0.0.1:8081",
            .meaning = "The schema registry: http(s)://[user:password@]host[:port][/path]. TradeV2 "
                       "is registered there under the subject <topic>-value.",
            .secret = true},
    Setting{.key = "kafka.schema_registry_url_file",
            .kind = Kind::kPath,
            .fallback = "",
            .meaning = "A file that contains schema_registry_url, used instead of it. A name "
                       "without a folder is one of systemd's credentials (LoadCredential)."},
    Setting{.key = "kafka.schema_registry_ca",
            .kind = Kind::kPath,
            .fallback = "",
            .meaning = "A PEM file of certificate authorities that are trusted for the schema "
                       "registry as well as the system's."},
    Setting{.key = "kafka.librdkafka",
            .kind = Kind::kNamed,
            .fallback = "",
            .meaning = "Any settings of librdkafka: in the file as the table [kafka.librdkafka], "
                       "in the environment one each (K2_KAFKA_LIBRDKAFKA_SASL_PASSWORD is "
                       "sasl.password), or as one list: security.protocol=SASL_SSL,... A name that "
                       "ends in .file (sasl.password.file) is read from that file. They override "
                       "K2's own, except for those on which exactly-once depends."},
    Setting{.key = "serializer_cache_max_size",
            .kind = Kind::kNumber,
            .fallback = "10",
            .range = Range{1, 100},
            .meaning = "Number of subjects whose schema ids are cached; the least recently used "
                       "one is removed first."},
    Setting{.key = "journal.sync",
            .kind = Kind::kChoice,
            .fallback = "normal",
            .choices = "normal|full",
            .meaning = "Durability of a stored trade. normal: it survives the death of the process "
                       "(kill -9). full: it also survives a loss of power, at the price of waiting "
                       "for the disk at each commit."},
    Setting{
        .key = "journal.max_bytes",
        .kind = Kind::kNumber,
        .fallback = "",
        .range = Range{0, 1e15},
        .meaning =
            "Maximum size of the journal's file, for a sink of kafka at least some hours of trades "
            "(about 150 bytes each); 0: no limit. Not set: 8 GiB for kafka, no limit for local. At "
            "the limit the oldest delivered trades are deleted. If Kafka has not accepted them, "
            "nothing more is stored; what is missed is fetched, in order, once there is room."},
    Setting{.key = "journal.dead_letters_max_bytes",
            .kind = Kind::kNumber,
            .fallback = "16777216",
            .range = Range{65'536, 1e15},
            .meaning = "Maximum size of the dead letters in the journal; beyond it, and beyond "
                       "10,000 of them, the oldest are deleted. They do not count towards "
                       "journal.max_bytes and never displace a trade."},
    Setting{.key = "journal.commit_interval_ms",
            .kind = Kind::kDuration,
            .fallback = "5",
            .unit = "ms",
            .range = Range{1, 1000},
            .drill_range = Range{0, 60000},
            .meaning = "Maximum time that trades wait to be stored together."},
    Setting{.key = "metrics.listen",
            .kind = Kind::kText,
            .fallback = "127.0.0.1:9091",
            .meaning =
                "Address of the HTTP server of `k2 stream`: /metrics, /healthz, /readyz, "
                "/api/status. An IP address and a port; port 0 selects a free one, which the "
                "log names; off for none. Anyone with network access to it can read it."},
    Setting{.key = "metrics.hosts",
            .kind = Kind::kText,
            .fallback = "",
            .meaning =
                "Host names that clients may use for this server, separated by commas: "
                "k2.example.com. Addresses and localhost are always accepted, and any other name "
                "is refused (421), so that no web page can read it through a visitor's browser."},
    Setting{
        .key = "metrics.per_symbol",
        .kind = Kind::kChoice,
        .fallback = "auto",
        .choices = "auto|on|off",
        .meaning = "Selects whether /metrics has series for each symbol. auto: up to 200 symbols."},
    Setting{.key = "memory.sample_interval_seconds",
            .kind = Kind::kDuration,
            .fallback = "30",
            .unit = "s",
            .range = Range{30, 30},
            .drill_range = Range{0.1, 3600},
            .meaning = "Interval at which memory is sampled for memory_leak_detection_score. In a "
                       "drill each interval counts as 30 s, for the leak and its score alike: with "
                       "0.3 an hour of memory takes 36 s."},
    Setting{.key = "memory.inject_leak_mb_per_hour",
            .kind = Kind::kNumber,
            .fallback = "0",
            .range = Range{0, 0},
            .drill_range = Range{0, 1'000'000},
            .meaning = "Leaks memory on purpose, to test the alert. Only in drills."},
    Setting{
        .key = "duration",
        .kind = Kind::kDuration,
        .fallback = "",
        .unit = "s",
        .range = Range{0.001, 3'153'600'000.0},
        .meaning =
            "Stop after this time, for example 60s or 2h. Not set: runs until SIGTERM or Ctrl-C."},
    Setting{.key = "log.level",
            .kind = Kind::kChoice,
            .fallback = "info",
            .choices = "debug|info|warn|error",
            .meaning = "The lowest level of events that are logged."},
    Setting{.key = "log.format",
            .kind = Kind::kChoice,
            .fallback = "auto",
            .choices = "auto|logfmt|json",
            .meaning = "The format of the log: one line per event on stderr. auto: logfmt on a "
                       "terminal, json otherwise."},
    Setting{.key = "allow_drills",
            .kind = Kind::kBool,
            .fallback = "false",
            .meaning = "Widen the ranges for drills and tests. Never in production: K2 warns at "
                       "each start."},
};

}  // namespace

std::string Setting::env() const {
  std::string name = "K2_";
  for (char const c : key) {
    name.push_back(c == '.' ? '_' : (c >= 'a' && c <= 'z') ? static_cast<char>(c - 'a' + 'A') : c);
  }
  return name;
}

std::string Setting::flag() const {
  constexpr std::string_view kPlain = "binance.";  // so common that flags leave it out
  std::string name = "--";
  name.append(key.starts_with(kPlain) ? key.substr(kPlain.size()) : key);
  std::ranges::replace_if(name, [](char c) { return c == '.' || c == '_'; }, '-');
  return name;
}

std::chrono::nanoseconds Setting::unit_length() const {
  if (unit == "ms") return std::chrono::milliseconds{1};
  if (unit == "h") return std::chrono::hours{1};
  K2_ASSERT(unit == "s");
  return std::chrono::seconds{1};
}

std::span<Setting const> all_settings() {
  return kSettings;
}

Setting const* find_setting(std::span<Setting const> settings, std::string_view key) {
  auto const found = std::ranges::find(settings, key, &Setting::key);
  return found == settings.end() ? nullptr : &*found;
}

std::string range_text(Setting const& setting, bool drills) {
  auto const& range = drills && setting.drill_range ? setting.drill_range : setting.range;
  if (!range) return {};
  return fmt::format("{}..{}{}{}", range->low, range->high, setting.unit.empty() ? "" : " ",
                     setting.unit);
}

}  // namespace k2::app
