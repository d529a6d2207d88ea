// The trials of simulated worlds: one defect of the exchange at a time, in a world with nothing
// else wrong, and a time limit for what the process makes of it.
#include "tests/simulation/oracle_failure.hpp"
#include "tests/simulation/world.hpp"

#include <fmt/format.h>

namespace k2::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// The longest time that a lost trade may take once the next one of its symbol shows the gap.
/// Chosen: REST answers within some tenths of a second; several times that.
constexpr seconds kPromptly{5};
/// The longest time without a connection once the exchange accepts connections again. Chosen: the
/// longest wait between two attempts is a minute.
constexpr seconds kReconnectBound{70};
/// Ids that no exchange has reached are powers of two from here.
constexpr std::uint64_t kOddIdBits = 36;
constexpr std::uint64_t kOddIdChoices = 27;

}  // namespace

void World::run_trial() {
  switch (plan_.trial) {
    case Trial::kNone:
      return;
    case Trial::kRefusedSymbol:
      return try_refused_symbol();
    case Trial::kUnusableTrade:
      return try_unusable_trade();
    case Trial::kOddRow:
      return try_odd_row();
    case Trial::kNoRest:
      return try_no_rest();
    case Trial::kFlapping:
      return try_flapping();
    case Trial::kCatchUp:
      return try_catch_up();
    case Trial::kRestartedIds:
      return try_restarted_ids();
  }
}

void World::pass(std::chrono::nanoseconds span) {
  queue_.run_until(clock_.mono + span);
}

void World::lose_next(Symbol const& symbol) {
  begin_fault(fmt::format("lose frames=1 stream={}@trade", symbol.lower()));
}

/// Lets time pass. Each usable trade that the symbol trades meanwhile, except for the last one,
/// must be stored within the limit once the next one is traded.
void World::check_prompt(Symbol const& symbol, seconds length) {
  std::string const& name = symbol.text();
  std::size_t at = venue_.ledger().of(name)->size() - 1;
  for (MonoTime const end = clock_.mono + length; clock_.mono < end;) {
    pass(seconds{1});
    Ledger::Trades const& trades = *venue_.ledger().of(name);
    UtcTime const until = clock_.exchange().utc - kPromptly;
    for (; at + 1 < trades.size() && trades[at + 1].traded_at <= until; ++at) {
      TradeId const id = trades[at].id;
      bool const there = disk_.durable().tape(name).delivered.contains(id);
      if (there || venue_.ledger().is_unusable(name, id)) continue;
      auto const status = process_.status();
      throw OracleFailure{
          "prompt", fmt::format("{} {} is not there {} s after the next trade; {} gaps, {} trades "
                                "wait, {} requests so far",
                                name, value(id), kPromptly.count(), status.holes, status.waiting,
                                status.counts.rest_requests)};
    }
  }
}

/// Lets time pass until nothing is missing any more.
void World::wait_for_repair(minutes limit) {
  MonoTime const end = clock_.mono + limit;
  auto const is_missing = [this] {
    for (sink::DeclaredGap const& gap : disk_.durable().gaps()) {
      if (gap.state == GapState::kOpen) return true;
    }
    return process_.status().holes + process_.status().waiting > 0;
  };
  while (is_missing()) {
    if (clock_.mono >= end) {
      throw OracleFailure{"repair", fmt::format("not at its end after {} min", limit.count())};
    }
    pass(seconds{1});
  }
}

/// REST refuses one symbol, whose gap is declared. The gaps of another one close promptly, and
/// those of the first one too as soon as it is not refused any more.
void World::try_refused_symbol() {
  Symbol const& refused = symbols_[0];
  venue_.defects().refuse(refused, true);
  lose_next(refused);
  for (int round = 0; round < 8; ++round) {
    lose_next(symbols_[1]);
    check_prompt(symbols_[1], seconds{10});
  }
  venue_.defects().refuse(refused, false);
  lose_next(refused);
  check_prompt(refused, seconds{20});
  wait_for_repair(minutes{20});
}

/// A trade has a value that no record can hold. Delivery continues without it.
void World::try_unusable_trade() {
  for (int round = 0; round < 3; ++round) {
    (void)venue_.spoil_next(symbols_[0]);
    check_prompt(symbols_[0], seconds{15});
  }
  wait_for_repair(minutes{1});
}

/// Replies of REST end with a row of an id that the exchange has never reached.
void World::try_odd_row() {
  for (int round = 0; round < 3; ++round) {
    std::uint64_t const id = std::uint64_t{1} << (kOddIdBits + rng_.below(kOddIdChoices));
    venue_.defects().append_odd_row(symbols_[0], id, 2);
    lose_next(symbols_[0]);
    check_prompt(symbols_[0], seconds{15});
  }
  wait_for_repair(minutes{2});
}

/// REST is away for longer than twice any patience, and one frame is lost. No other id is declared,
/// although the reorder buffer fills meanwhile.
void World::try_no_rest() {
  std::uint64_t const before = process_.status().counts.ids_declared;
  begin_fault("rest-down for=300s status=503");
  lose_next(symbols_[0]);
  pass(seconds{300});
  std::uint64_t const declared = process_.status().counts.ids_declared - before;
  if (declared != 1) {
    throw OracleFailure{"narrow", fmt::format("{} ids are declared, and 1 is lost", declared)};
  }
  wait_for_repair(minutes{20});
}

/// Each connection is cut right after its first trade, for a while. Once that is over, one is open
/// within the limit.
void World::try_flapping() {
  for (MonoTime const end = clock_.mono + seconds{200}; clock_.mono < end;) {
    if (process_.status().lines_live > 0) begin_fault("drop how=rst on=all");
    pass(milliseconds{100});
  }
  for (MonoTime const end = clock_.mono + kReconnectBound; process_.status().lines_live == 0;) {
    if (clock_.mono >= end) {
      throw OracleFailure{"reconnect", fmt::format("no connection {} s after the last cut",
                                                   kReconnectBound.count())};
    }
    pass(seconds{1});
  }
  wait_for_repair(minutes{10});
}

/// One tape begins anew with all that the exchange still has, which takes minutes of request
/// weight. One-id gaps of another symbol close promptly beside it.
void World::try_catch_up() {
  constexpr std::size_t kShortPage = 100;
  std::string const& name = symbols_[0].text();
  venue_.defects().shorten_pages(kShortPage);
  process_.stop();
  disk_.forget(name);
  process_.begin_at(symbols_[0], venue_.ledger().of(name)->front().id);
  pass(seconds{5});
  process_.start();
  pass(seconds{25});
  for (int round = 0; round < 2; ++round) {
    lose_next(symbols_[1]);
    check_prompt(symbols_[1], seconds{20});
  }
  wait_for_repair(minutes{20});
}

/// The ids of a symbol start over below the end of its tape, sometimes while no process runs. The
/// process stops the tape, and does not continue it when the new ids pass its end.
void World::try_restarted_ids() {
  Symbol const& symbol = symbols_[0];
  bool const unseen = rng_.chance(0.5);
  if (unseen) process_.stop();
  TradeId const last = venue_.ledger().of(symbol.text())->back().id;
  std::uint64_t const by = 600 + rng_.below(400);
  log_.say(fmt::format("the ids of {} start over, {} lower", symbol.text(), by));
  venue_.defects().restart_ids(symbol, next(last), by);
  // What a process did not receive before it stopped is gone.
  ended_.emplace(symbol.text(), unseen ? *disk_.durable().tape(symbol.text()).newest : last);
  if (unseen) {
    pass(seconds{10});
    process_.start();
  }
  pass(minutes{2});
  if (process_.status().tapes_restarted != 1) {
    throw OracleFailure{"restarted_ids", "nobody noticed that ids start over"};
  }
  auto const passed = [&] {
    return value(venue_.ledger().of(symbol.text())->back().id) > value(last) + by + 50;
  };
  while (!passed()) pass(seconds{10});
}

}  // namespace k2::simulation
