#include "app/tapes.hpp"

#include "feed/quote_asset.hpp"
#include "io/clock.hpp"
#include "io/listing.hpp"
#include "io/log.hpp"
#include "shard/resume.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>
#include <string_view>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace k2::app {
namespace {

using io::LogLevel;

/// The share of the exchange's REST weight that the requests of a start may use in a minute.
constexpr double kWeightShare = 0.8;
/// The limit until the exchange has sent its own.
constexpr std::uint64_t kWeightPerMinute = 6'000;

/// Entries of a list by name: lists of hundreds of thousands must not be searched for each symbol.
using ListedByName = std::unordered_map<std::string_view, feed::ListedSymbol const*>;

ListedByName by_name(feed::ExchangeInfo const& info) {
  ListedByName listed;
  listed.reserve(info.symbols.size());
  for (feed::ListedSymbol const& symbol : info.symbols) listed.emplace(symbol.name, &symbol);
  return listed;
}

std::string currency_of(Symbol const& symbol, ListedByName const& listed) {
  auto const found = listed.find(symbol.text());
  if (found != listed.end()) return found->second->quote_asset;
  return std::string{feed::guess_quote_asset(symbol.text())};
}

/// The first of many names.
std::string names_text(std::vector<std::string> const& names) {
  constexpr std::size_t kShown = 20;
  auto const shown = std::span{names}.first(std::min(names.size(), kShown));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > kShown ? ", ..." : "");
}

/// Waits for the next minute of the exchange's clock when this one's weight is nearly spent.
void spare_weight(io::RestCaller const& rest, std::uint64_t per_minute,
                  std::stop_token const& stop) {
  // The exchange's own count has the weight of all processes behind this address.
  auto const used = static_cast<double>(rest.used_weight().value_or(0));
  if (used < static_cast<double>(per_minute) * kWeightShare) return;
  auto const until =
      std::chrono::ceil<std::chrono::minutes>(io::read_clock().utc) + std::chrono::seconds{1};
  while (!stop.stop_requested() && io::read_clock().utc < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

/// The id with which a tape begins that is to hold all trades from a moment on. When there was none
/// since, it is the next one: what is traded until the streams are subscribed then is a gap, and
/// is fetched. Nothing when the symbol was never traded.
Result<std::optional<TradeId>> first_id(io::RestCaller& rest, Symbol const& symbol, UtcTime from) {
  auto first = io::fetch_first_id(rest, symbol, from);
  if (!first || *first) return first;
  return io::fetch_next_id(rest, symbol);
}

/// Finds where the tapes begin that the journal does not hold. `listed_after` is set when symbols
/// that are not held were put on the exchange's list after this moment.
std::optional<Error> find_beginnings(TapeStart const& start, std::optional<UtcTime> listed_after,
                                     HeldSymbols const& held, io::RestCaller& rest,
                                     std::stop_token const& stop, Roll& roll) {
  std::size_t asked = 0;
  std::set<std::string> left_out;
  for (shard::ShardSymbol& tape : roll.symbols) {
    // The shard knows the position of a tape that was started since.
    if (tape.position || tape.topic || held.contains(tape.symbol.text())) continue;
    if (auto const id = start.from_id.find(tape.symbol); id != start.from_id.end()) {
      tape.first = id->second;
      continue;
    }
    if (!start.since && !listed_after) continue;
    spare_weight(rest, roll.weight_per_minute.value_or(kWeightPerMinute), stop);
    UtcTime const from = start.since ? moment(*start.since, io::read_clock().utc) : *listed_after;
    auto const first = first_id(rest, tape.symbol, from);
    if (!first && !listed_after) return first.error();
    if (!first) {
      // Its first trades would be missing in silence: it waits for the next refresh.
      left_out.insert(tape.symbol.text());
      io::log_event_limited(LogLevel::kWarn, "symbols.refresh_failed", tape.symbol.text(),
                            {{"symbol", tape.symbol.text()},
                             {"error", first.error().to_string()},
                             {"action", "the next refresh queries its first id again"}});
      continue;
    }
    tape.first = *first;
    if (++asked % 100 == 0) {
      io::log_event(LogLevel::kInfo, "tapes.resolved",
                    {{"symbols", asked}, {"of", roll.symbols.size()}});
    }
  }
  roll.complete = left_out.empty();
  std::erase_if(roll.symbols, [&](shard::ShardSymbol const& tape) {
    return left_out.contains(tape.symbol.text());
  });
  return std::nullopt;
}

}  // namespace

Tapes::Tapes(std::vector<sink::Position> positions, std::vector<sink::DeclaredGap> gaps,
             std::span<sink::TapeRestart const> restarts, sink::PositionBook topic)
    : positions_(std::move(positions)), gaps_(std::move(gaps)), topic_(std::move(topic)) {
  for (sink::TapeRestart const& restart : restarts) {
    held_.insert(restart.symbol);
    auto const [last, is_new] = restarts_.try_emplace(restart.symbol, restart);
    if (!is_new && last->second.generation < restart.generation) last->second = restart;
  }
  for (sink::Position const& position : positions_) {
    held_.emplace(sink::parse_tape_name(position.symbol).symbol);
  }
  for (auto const& [symbol, position] : topic_.symbols()) held_.insert(symbol);
  std::ranges::sort(positions_, {}, &sink::Position::symbol);
  std::ranges::sort(
      gaps_, {}, [](sink::DeclaredGap const& gap) { return std::tie(gap.symbol, gap.ids.first); });
}

Result<Tapes> Tapes::read(io::Journal& journal, sink::PositionBook topic) {
  auto positions = journal.positions();
  if (!positions) return positions.error();
  auto gaps = journal.gaps();
  if (!gaps) return gaps.error();
  auto const restarts = journal.generations();
  if (!restarts) return restarts.error();
  return Tapes{*std::move(positions), *std::move(gaps), *restarts, std::move(topic)};
}

void Tapes::remember(std::vector<shard::ShardSymbol> const& carried) {
  carried_.clear();
  for (shard::ShardSymbol const& tape : carried) {
    held_.insert(tape.symbol.text());
    carried_.insert(tape.symbol.text());
  }
}

std::size_t Tapes::kept_by(Roll const& roll) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      roll.symbols,
      [this](shard::ShardSymbol const& tape) { return carried_.contains(tape.symbol.text()); }));
}

/// Resolves symbols by name. Names that the exchange does not list are errors, unless they were
/// recorded before: then the exchange delisted them, and the others continue.
Result<std::vector<Symbol>> Tapes::listed_symbols(SymbolSelection const& selection,
                                                  feed::ExchangeInfo const& info) const {
  std::vector<std::string> unknown;
  std::vector<std::string> unusable;
  auto symbols = selected_symbols(selection, info, held_, &unusable);
  if (!unusable.empty()) {
    io::log_event(LogLevel::kWarn, "symbols.skipped",
                  {{"count", unusable.size()},
                   {"symbols", names_text(unusable)},
                   {"error",
                    "no stream can have these listed names: they hold lower-case letters "
                    "or characters that names of streams cannot carry"},
                   {"action", "none for the other symbols; these are not recorded"}});
  }
  auto const listed = by_name(info);
  std::erase_if(symbols, [&](Symbol const& symbol) {
    if (listed.contains(symbol.text())) return false;
    if (held_.contains(symbol.text())) {
      io::log_event(LogLevel::kWarn, "symbol.not_listed",
                    {{"symbol", symbol.text()},
                     {"action", "remove it from binance.symbols: the exchange does not list it"}});
    } else {
      unknown.push_back(symbol.text());
    }
    return true;
  });
  if (!unknown.empty()) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("the exchange does not list {}; check the spelling of symbols",
                             names_text(unknown))};
  }
  return symbols;
}

/// Resolves the selection by the recorded symbols alone.
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

shard::ShardSymbol Tapes::resumed(Symbol const& symbol, std::string currency) const {
  shard::ShardSymbol tape{.symbol = symbol, .currency = std::move(currency)};
  if (auto const restart = restarts_.find(symbol.text()); restart != restarts_.end()) {
    tape.generation = restart->second.generation;
    tape.first = restart->second.first;
  }
  auto const name = sink::tape_name(symbol.text(), tape.generation);
  shard::resume(tape, std::ranges::equal_range(positions_, name, {}, &sink::Position::symbol),
                std::ranges::equal_range(gaps_, name, {}, &sink::DeclaredGap::symbol));
  if (auto const known = topic_.symbols().find(symbol.text()); known != topic_.symbols().end()) {
    tape.topic = shard::TopicStand{known->second.last, known->second.missing};
  }
  return tape;
}

Result<Roll> Tapes::call(StreamConfig const& config, io::HttpsClientOptions const& rest,
                         std::stop_token const& stop, std::optional<UtcTime> listed_after) const {
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
        LogLevel::kWarn, "exchange.unavailable",
        {{"error", info.error().to_string()},
         {"action", by_pattern
                        ? "using the recorded symbols, with currencies guessed from their names"
                        : "using symbols unchecked, with currencies guessed from their names"}});
    symbols = known_symbols(config.symbols);
  }
  if (symbols.empty() || symbols.size() > kSymbolsMax) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("binance.symbols = {} means {} symbols; 1..{} can be recorded{}",
                             selection_text(config.symbols), symbols.size(), kSymbolsMax,
                             info ? "" : " (the exchange could not be queried)")};
  }
  auto const listed = info ? by_name(*info) : ListedByName{};
  for (Symbol const& symbol : symbols) {
    roll.symbols.push_back(resumed(symbol, currency_of(symbol, listed)));
  }
  if (auto const failed = find_beginnings(config.start, listed_after, held_, caller, stop, roll)) {
    return Error{failed->code, fmt::format("the exchange did not return the first id of a tape: "
                                           "{}; try again, or name ids with --from-id",
                                           failed->to_string())};
  }
  return roll;
}

}  // namespace k2::app
