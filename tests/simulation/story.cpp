#include "tests/simulation/story.hpp"

#include "tests/simulation/oracle_failure.hpp"
#include "tests/simulation/scene.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <stdexcept>

namespace k2::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// One trouble each eight hours, in the mean.
constexpr double kTroubleEverySeconds = 8 * 3600.0;

constexpr std::array kTroubles{
    "drop how=rst on=all",       "drop how=fin on=one",
    "close code=1008 on=one",    "server-shutdown lead=10s",
    "half-open on=all for=10m",  "black-hole on=all for=90s",
    "mute on=one for=20m",       "lose frames=50",
    "duplicate frames=50",       "rest-down for=5m status=503",
    "late-data delay=5s for=5m", "refuse status=503 for=30s",
};

shard::ShardOptions production(std::vector<Symbol> const& symbols, bool audit) {
  shard::ShardOptions options;
  for (Symbol const& symbol : symbols) {
    options.symbols.push_back({.symbol = symbol, .currency = "USDT"});
  }
  options.feed.endpoints = 2;
  options.feed.audit = options.continuity.audit.enabled = audit;
  return options;
}

void demand(bool kept, char const* what, std::uint64_t number) {
  if (!kept) throw OracleFailure{"story", fmt::format("{}: {}", what, number)};
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

class Story : public Scene {
 public:
  Story(StoryOptions const& options, double trades_per_second, bool audit)
      : Scene({.seed = options.seed,
               .verbose = options.verbose,
               .symbols = symbols_of({"BTCUSDT", "ETHUSDT"}),
               .trades_per_second = trades_per_second},
              [audit](Rng) { return production(symbols_of({"BTCUSDT", "ETHUSDT"}), audit); }),
        options_(options) {}

  /// Days with a trouble now and then, and one restart.
  std::string week() {
    end_ = MonoTime{hours{24 * options_.days}};
    process_.start();
    plan_trouble();
    queue_.at(MonoTime{hours{12 * options_.days}}, [this] { restart(); });
    finish();
    Tally const& tally = process_.tally();
    // Two lines, of trades and of candles, each rotated every 4 h and pinged every 180 s. What
    // another trouble replaced is not rotated, and a line that is down is not pinged.
    auto const days = static_cast<std::uint64_t>(options_.days);
    demand(tally.rotations >= days * 2 * 6 * 8 / 10, "rotations", tally.rotations);
    demand(tally.pings >= days * 2 * 480 * 9 / 10, "pings", tally.pings);
    demand(tally.minutes_complete >= days * 2 * 1'440 * 99 / 100, "complete minutes",
           tally.minutes_complete);
    demand(tally.minutes_incomplete == 0, "incomplete minutes", tally.minutes_incomplete);
    return table(tally);
  }

  /// Two hours in which nothing is traded, and an hour on either side.
  std::string halt() {
    end_ = MonoTime{hours{4}};
    process_.start();
    queue_.at(MonoTime{hours{1}}, [this] { begin_fault("halt for=2h"); });
    finish();
    Tally const& tally = process_.tally();
    auto const silent = tally.opened.contains("no_data") ? tally.opened.at("no_data") : 0;
    demand(silent <= 7, "lines opened for want of data", silent);
    demand(tally.backfilled == 0, "trades fetched", tally.backfilled);
    return table(tally);
  }

 private:
  void plan_trouble() {
    double const wait = -std::log(1.0 - rng_.unit()) * kTroubleEverySeconds;
    MonoTime const at = clock_.mono + milliseconds{std::llround(wait * 1e3)};
    if (at > end_ - hours{1}) return;
    queue_.at(at, [this] {
      ++troubles_;
      begin_fault(kTroubles[rng_.below(kTroubles.size())]);
      plan_trouble();
    });
  }

  void restart() {
    log_.say("a new version is started");
    process_.stop();
    queue_.at(clock_.mono + seconds{3}, [this] { process_.start(); });
  }

  /// To the end, and on until all that was published by then is stored.
  void finish() {
    queue_.run_until(end_);
    auto const published = newest_published();
    queue_.run_until(end_ + minutes{30});
    process_.stop();
    disk_.durable().check_complete(published);
  }

  [[nodiscard]] std::string table(Tally const& tally) const {
    auto repairs = tally.repairs;
    std::ranges::sort(repairs);
    std::string text;
    auto const row = [&text](char const* name, auto const& said) {
      fmt::format_to(std::back_inserter(text), "{:<24} {}\n", name, said);
    };
    row("time",
        fmt::format("{} h", std::chrono::duration_cast<hours>(end_.time_since_epoch()).count()));
    row("troubles", troubles_);
    row("lives of the process", tally.lives);
    row("trades accepted", tally.accepted);
    row("of them fetched", tally.backfilled);
    row("came twice", tally.duplicates);
    row("rotations", tally.rotations);
    row("pings", tally.pings);
    row("lines opened because of", by_reason(tally.opened));
    row("lines lost by", by_reason(tally.lost));
    row("gaps repaired", repairs.size());
    if (!repairs.empty()) {
      row("  median, worst",
          fmt::format("{:.1f} s, {:.1f} s", seconds_of(repairs[repairs.size() / 2]),
                      seconds_of(repairs.back())));
    }
    row("gaps declared", tally.gaps_declared);
    row("minutes complete", tally.minutes_complete);
    row("minutes incomplete", tally.minutes_incomplete);
    return text + "Held against the exchange's ledger: each trade is stored once, and in order.\n";
  }

  StoryOptions options_;
  MonoTime end_{};
  std::uint64_t troubles_ = 0;
};

}  // namespace

std::string tell(std::string_view story, StoryOptions const& options) {
  if (story == "week") return Story{options, 3, true}.week();
  if (story == "halt") return Story{options, 2, false}.halt();
  throw std::invalid_argument{
      fmt::format("there is no story '{}'; there are week and halt", story)};
}

}  // namespace k2::simulation
