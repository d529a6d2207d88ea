#include "app/tapes.hpp"

#include "feed/quote_asset.hpp"
#include "io/clock.hpp"
#include "io/listing.hpp"
#include "io/log.hpp"
#include "shard/resume.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace k2::app {
namespace {

using io::LogLevel;

/// Of the exchange's REST weight, what the questions of a start may use up in a minute.
constexpr double kWeightShare = 0.8;
/// The limit while the exchange has not told its own.
constexpr std::uint64_t kWeightPerMinute = 6'000;

std::string currency_of(Symbol const& symbol, feed::ExchangeInfo const* info) {
  if (info != nullptr) {
    if (auto const* listed = info->find(symbol.text())) return listed->quote_asset;
  }
  return std::string{feed::guess_quote_asset(symbol.text())};
}

/// Waits for the next minute of the exchange's clock when this one's weight is nearly spent.
void spare_weight(io::RestCaller const& rest, std::uint64_t per_minute,
                  std::stop_token const& stop) {
  auto const used = static_cast<double>(rest.used_weight().value_or(0));
  if (used < static_cast<double>(per_minute) * kWeightShare) return;
  auto const until =
      std::chrono::ceil<std::chrono::minutes>(io::read_clock().utc) + std::chrono::seconds{1};
  while (!stop.stop_requested() && io::read_clock().utc < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

/// Finds where the tapes begin that the journal does not hold.
std::optional<Error> find_beginnings(TapeStart const& start, io::RestCaller& rest,
                                     std::stop_token const& stop, Roll& roll) {
  std::size_t asked = 0;
  for (shard::ShardSymbol& tape : roll.symbols) {
    if (tape.position || tape.topic) continue;
    if (auto const id = start.from_id.find(tape.symbol); id != start.from_id.end()) {
      tape.first = id->second;
      continue;
    }
    if (!start.since) continue;
    spare_weight(rest, roll.weight_per_minute.value_or(kWeightPerMinute), stop);
    UtcTime const from = moment(*start.since, io::read_clock().utc);
    auto const first = io::fetch_first_id(rest, tape.symbol, from);
    if (!first) return first.error();
    tape.first = *first;
    if (++asked % 100 == 0) {
      io::log_event(LogLevel::kInfo, "tapes.asked",
                    {{"symbols", asked}, {"of", roll.symbols.size()}});
    }
  }
  return std::nullopt;
}

}  // namespace

Tapes::Tapes(std::vector<sink::Position> positions, std::vector<sink::DeclaredGap> gaps,
             sink::PositionBook topic)
    : positions_(std::move(positions)), gaps_(std::move(gaps)), topic_(std::move(topic)) {
  for (sink::Position const& position : positions_) held_.insert(position.symbol);
  for (auto const& [symbol, position] : topic_.symbols()) held_.insert(symbol);
}

Result<Tapes> Tapes::read(io::Journal& journal, sink::PositionBook topic) {
  auto positions = journal.positions();
  if (!positions) return positions.error();
  auto gaps = journal.gaps();
  if (!gaps) return gaps.error();
  return Tapes{*std::move(positions), *std::move(gaps), std::move(topic)};
}

void Tapes::remember(std::vector<shard::ShardSymbol> const& carried) {
  for (shard::ShardSymbol const& tape : carried) held_.insert(tape.symbol.text());
}

/// Named symbols that the exchange does not list are mistakes, unless they were recorded before:
/// then they were taken off its list, and the others go on.
Result<std::vector<Symbol>> Tapes::listed_symbols(SymbolSelection const& selection,
                                                  feed::ExchangeInfo const& info) const {
  std::vector<std::string> unknown;
  auto symbols = selected_symbols(selection, info, held_);
  std::erase_if(symbols, [&](Symbol const& symbol) {
    if (info.find(symbol.text()) != nullptr) return false;
    if (held_.contains(symbol.text())) {
      io::log_event(LogLevel::kWarn, "symbol.not_listed",
                    {{"symbol", symbol.text()},
                     {"remedy", "the exchange took it off its list; leave it out of symbols"}});
    } else {
      unknown.push_back(symbol.text());
    }
    return true;
  });
  if (!unknown.empty()) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("the exchange does not list {}; check the spelling of symbols",
                             fmt::join(unknown, ", "))};
  }
  return symbols;
}

/// What the selection means by what is held alone.
std::vector<Symbol> Tapes::known_symbols(SymbolSelection const& selection) const {
  feed::ExchangeInfo info;
  for (std::string const& name : held_) {
    info.symbols.push_back({.name = name,
                            .status = {},
                            .base_asset = {},
                            .quote_asset = std::string{feed::guess_quote_asset(name)}});
  }
  return selected_symbols(selection, info, held_);
}

Result<Roll> Tapes::call(StreamConfig const& config, io::HttpsClientOptions const& rest,
                         std::stop_token const& stop) const {
  io::RestCaller caller{rest, stop};
  bool const by_pattern = !config.symbols.quotes.empty();
  auto const info = io::fetch_listing(
      caller, by_pattern ? std::span<Symbol const>{} : std::span{config.symbols.named});
  Roll roll;
  roll.by_exchange = info.has_value();
  std::vector<Symbol> symbols;
  if (info) {
    auto listed = listed_symbols(config.symbols, *info);
    if (!listed) return listed.error();
    symbols = *std::move(listed);
    roll.weight_per_minute = info->weight_per_minute();
  } else {
    io::log_event(
        LogLevel::kWarn, "exchange.not_asked",
        {{"why", info.error().to_string()},
         {"instead", by_pattern ? "symbols are those that are held, currencies told from names"
                                : "symbols unchecked, currencies told from their names"}});
    symbols = known_symbols(config.symbols);
  }
  if (symbols.empty() || symbols.size() > kSymbolsMax) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("binance.symbols = {} means {} symbols; 1..{} can be recorded{}",
                             selection_text(config.symbols), symbols.size(), kSymbolsMax,
                             info ? "" : " (the exchange could not be asked)")};
  }
  for (Symbol const& symbol : symbols) {
    shard::ShardSymbol tape{.symbol = symbol,
                            .currency = currency_of(symbol, info ? &*info : nullptr)};
    shard::resume(tape, positions_, gaps_);
    if (auto const known = topic_.symbols().find(symbol.text()); known != topic_.symbols().end()) {
      tape.topic = shard::TopicStand{known->second.last, known->second.missing};
    }
    roll.symbols.push_back(std::move(tape));
  }
  if (auto const failed = find_beginnings(config.start, caller, stop, roll)) {
    return Error{failed->code,
                 fmt::format("the exchange cannot say where --since begins: {}; try again, or name "
                             "ids with --from-id",
                             failed->to_string())};
  }
  return roll;
}

}  // namespace k2::app
