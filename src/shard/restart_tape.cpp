// Restarts a tape whose ids have started over: the rest of the shard is in shard.cpp.
#include "shard/shard.hpp"
#include "sink/tape_name.hpp"

#include <fmt/format.h>

#include <utility>

namespace k2::shard {

Result<sink::TapeRestart> Shard::restart_tape(Symbol const& symbol, std::optional<TradeId> first,
                                              Now const& now) {
  auto const index = symbols_.find(symbol.text());
  if (!index || parked_.contains(*index)) {
    return Error{Errc::kConfigInvalid,
                 fmt::format("{} is not recorded by this stream; `k2 ctl status` lists its symbols",
                             symbol.text())};
  }
  auto const& sequencer = continuity_.sequencer();
  auto const expected = sequencer.expected(*index);
  if (!sequencer.halted(*index)) {
    return Error{
        Errc::kConfigInvalid,
        fmt::format("the tape of {} is not halted ({}); only a tape whose ids have started "
                    "over (tape.ids_restarted) can be restarted",
                    symbol.text(),
                    expected ? fmt::format("it records and expects id {}", value(*expected))
                             : "it waits for its first trade")};
  }
  settle(now);
  sink::TapeRestart restart{.symbol = symbol.text(),
                            .generation = generation(*index) + 1,
                            .first = first,
                            .opened_at = now.utc};
  if (expected && value(*expected) > 0) restart.closed_last = previous(*expected);
  if (!writer_.begin_tape(*index, restart)) {
    tick(now);
    return Error{Errc::kBusy,
                 "the journal accepts nothing at the moment (see journal.failing in the log); "
                 "repeat the command when it does"};
  }
  for (IdRange const& gap : sequencer.open_gaps(*index)) {
    outbox_.notes.emplace_back(
        GapNoted{{.symbol = sink::tape_name(symbol.text(), restart.generation - 1),
                  .ids = gap,
                  .why = std::string{sink::kWhyTapeClosed},
                  .state = GapState::kVenue,
                  .declared_at = now.utc}});
  }
  elsewhere_.erase(*index);
  std::erase_if(kept_rows_, [&](auto const& row) { return row.first == *index; });
  continuity_.restore_symbol(*index, std::nullopt, {}, now.mono);
  if (first) continuity_.begin(*index, *first, now.mono);
  outbox_.notes.emplace_back(TapeOpened{restart});
  tick(now);
  return restart;
}

std::uint32_t Shard::generation(SymbolIndex index) const {
  return sink::parse_tape_name(writer_.tape(index)).generation;
}

}  // namespace k2::shard
