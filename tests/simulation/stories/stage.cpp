#include "tests/simulation/stories/stage.hpp"

#include "tests/simulation/oracle_failure.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace k2::simulation {
namespace {

std::vector<Symbol> symbols_in(shard::ShardOptions const& options) {
  std::vector<Symbol> symbols;
  for (shard::ShardSymbol const& one : options.symbols) symbols.push_back(one.symbol);
  return symbols;
}

double seconds_of(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>{span}.count();
}

std::string by_reason(std::map<std::string, std::uint64_t> const& counts) {
  std::string text;
  for (auto const& [reason, count] : counts) {
    fmt::format_to(std::back_inserter(text), "{}{} {}", text.empty() ? "" : ", ", reason, count);
  }
  return text.empty() ? "none" : text;
}

}  // namespace

shard::ShardOptions production(std::vector<Symbol> const& symbols) {
  shard::ShardOptions options;
  for (Symbol const& symbol : symbols) {
    options.symbols.push_back({.symbol = symbol, .currency = "USDT"});
  }
  options.feed.endpoints = 2;
  return options;
}

std::vector<Symbol> many_symbols(std::size_t count) {
  std::vector<Symbol> symbols;
  for (std::size_t at = 0; at < count; ++at) {
    symbols.push_back(Symbol::parse(fmt::format("C{:04}USDT", at)).value());
  }
  return symbols;
}

void demand_between(std::string_view what, std::uint64_t number, std::uint64_t least,
                    std::uint64_t most) {
  if (number >= least && number <= most) return;
  std::string wanted = fmt::format("{}..{}", least, most);
  if (least == most) wanted = fmt::format("{}", most);
  if (most == UINT64_MAX) wanted = fmt::format("{} or more", least);
  throw OracleFailure{"story", fmt::format("{}: {}, not {}", what, number, wanted)};
}

void demand_exactly(std::string_view what, std::uint64_t number, std::uint64_t wanted) {
  demand_between(what, number, wanted, wanted);
}

void demand_at_most(std::string_view what, std::uint64_t number, std::uint64_t most) {
  demand_between(what, number, 0, most);
}

void demand_at_least(std::string_view what, std::uint64_t number, std::uint64_t least) {
  demand_between(what, number, least, UINT64_MAX);
}

Stage::Stage(StoryOptions const& options, double trades_per_second,
             shard::ShardOptions const& shard)
    : Scene({.seed = options.seed,
             .verbose = options.verbose,
             .symbols = symbols_in(shard),
             .trades_per_second = trades_per_second},
            shard),
      options_(options) {}

void Stage::scrape() {
  if (clock_.mono > end_) return;
  std::optional<watch::Snapshot> shown;
  if (process_.running()) shown = process_.snapshot();
  options_.scrape(clock_.now(), std::move(shown));
  queue_.at(clock_.mono + options_.scrape_interval, [this] { scrape(); });
}

void Stage::play_until(MonoTime end) {
  end_ = end;
  if (options_.scrape) scrape();
  queue_.run_until(end);
  auto const published = newest_published();
  queue_.run_until(end + std::chrono::minutes{30});
  process_.stop();
  disk_.durable().check_complete(published);
}

std::string Stage::row(std::string_view name, std::string_view said) {
  return fmt::format("{:<24} {}\n", name, said);
}

std::string Stage::table(std::string_view more) const {
  auto repairs = tally().repairs;
  std::ranges::sort(repairs);
  std::string text;
  auto const add = [&text](char const* name, auto const& said) {
    text += row(name, fmt::format("{}", said));
  };
  add("time", fmt::format("{:.3g} h", seconds_of(end_.time_since_epoch()) / 3600));
  add("symbols", symbols_.size());
  add("troubles", troubles_);
  add("lives of the process", tally().lives);
  add("trades accepted", tally().accepted);
  add("of them fetched", tally().backfilled);
  add("came twice", tally().duplicates);
  add("connections", tally().connects);
  add("rotations", tally().rotations);
  add("pings", tally().pings);
  add("lines opened because of", by_reason(tally().opened));
  add("lines lost by", by_reason(tally().lost));
  add("REST requests", tally().rest_requests);
  add("gaps repaired", repairs.size());
  if (!repairs.empty()) {
    add("  median, worst",
        fmt::format("{:.1f} s, {:.1f} s", seconds_of(repairs[repairs.size() / 2]),
                    seconds_of(repairs.back())));
  }
  add("gaps declared", tally().gaps_declared);
  if (tally().minutes_complete + tally().minutes_incomplete > 0) {
    add("minutes complete", tally().minutes_complete);
    add("minutes incomplete", tally().minutes_incomplete);
  }
  text.append(more);
  return text + "Held against the exchange's ledger: each trade is stored once, and in order.\n";
}

}  // namespace k2::simulation
