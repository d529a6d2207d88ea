// Decides which tapes a stream carries, and where each continues: it compares the user's selection
// with the exchange's list and with the journal's contents. Runs at the start and at each reload;
// blocks its caller, so never on a shard's thread.
#pragma once

#include "app/stream_config.hpp"
#include "core/result.hpp"
#include "io/journal.hpp"
#include "io/rest_caller.hpp"
#include "shard/shard.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace k2::app {

/// The resolved symbols, and what was learned with them.
struct Roll {
  /// Never empty.
  std::vector<shard::ShardSymbol> symbols;
  /// The exchange's limit of REST weight, when its answer contains one.
  std::optional<std::uint64_t> weight_per_minute;
  /// False when new symbols are left out, since it is not known yet where their tapes begin.
  bool complete = true;
  /// False when the exchange could not be queried, and patterns select among the recorded symbols.
  bool by_exchange = false;
};

class Tapes {
 public:
  /// Reads the positions of the journal's tapes, to be compared with `topic`, the positions that
  /// other processes may have reached. The journal of a running stream changes: the shard knows the
  /// positions of the tapes that were carried since.
  /// Errors: those of the journal.
  [[nodiscard]] static Result<Tapes> read(io::Journal& journal, sink::PositionBook topic = {});

  /// Resolves the selection against the exchange's list. When the exchange cannot be reached, names
  /// are taken unchecked, and patterns select among the recorded symbols. Symbols that are not
  /// recorded yet start with their first trade after `listed_after`, when that is given.
  /// Errors: kConfigInvalid for symbols that the exchange does not list, each by name, and for a
  /// selection that matches nothing or too much; those of RestCaller::get when a tape must start at
  /// a moment and the exchange cannot name its id.
  [[nodiscard]] Result<Roll> call(StreamConfig const& config, io::HttpsClientOptions const& rest,
                                  std::stop_token const& stop = {},
                                  std::optional<UtcTime> listed_after = std::nullopt) const;

  /// These are carried from now on: they are held, too.
  void remember(std::vector<shard::ShardSymbol> const& carried);
  /// Counts the symbols that are recorded, and those of them that another list still has.
  [[nodiscard]] std::size_t carried() const noexcept { return carried_.size(); }
  [[nodiscard]] std::size_t kept_by(Roll const& roll) const;

 private:
  Tapes(std::vector<sink::Position> positions, std::vector<sink::DeclaredGap> gaps,
        std::span<sink::TapeRestart const> restarts, sink::PositionBook topic);

  [[nodiscard]] Result<std::vector<Symbol>> listed_symbols(SymbolSelection const& selection,
                                                           feed::ExchangeInfo const& info) const;
  [[nodiscard]] std::vector<Symbol> known_symbols(SymbolSelection const& selection) const;
  [[nodiscard]] shard::ShardSymbol resumed(Symbol const& symbol, std::string currency) const;

  std::vector<sink::Position> positions_;                           // by symbol
  std::vector<sink::DeclaredGap> gaps_;                             // by symbol
  std::map<std::string, sink::TapeRestart, std::less<>> restarts_;  // the last of each symbol
  sink::PositionBook topic_;
  HeldSymbols held_;
  HeldSymbols carried_;
};

}  // namespace k2::app
