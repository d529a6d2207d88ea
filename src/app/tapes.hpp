// Which tapes a stream carries, and where each goes on: what the user selected, held against what
// the exchange lists and against what the journal holds. Asked at the start and at each reload;
// blocks its caller, so never on a shard's thread.
#pragma once

#include "app/stream_config.hpp"
#include "core/result.hpp"
#include "io/journal.hpp"
#include "io/rest_caller.hpp"
#include "shard/shard.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <optional>
#include <stop_token>
#include <vector>

namespace k2::app {

/// What is to be carried.
struct Roll {
  /// Never empty.
  std::vector<shard::ShardSymbol> symbols;
  /// The exchange's limit of REST weight, when it told one.
  std::optional<std::uint64_t> weight_per_minute;
  /// False when new symbols are left out, since it is not known yet where their tapes begin.
  bool complete = true;
  /// False when the exchange could not be asked, and patterns mean what is held.
  bool by_exchange = false;
};

class Tapes {
 public:
  /// Reads where the journal's tapes stand, to be held against where `topic` says that others have
  /// brought them. The journal of a stream that runs moves on: where the
  /// tapes stand that were carried since is the shard's to know.
  /// Errors: those of the journal.
  [[nodiscard]] static Result<Tapes> read(io::Journal& journal, sink::PositionBook topic = {});

  /// Asks the exchange what the selection means. When it cannot be reached, names are taken
  /// unchecked, and patterns mean what is held.
  /// Errors: kConfigInvalid for symbols that the exchange does not list, each by name, and for a
  /// selection that means nothing or too much; those of RestCaller::get when a tape is to begin at
  /// a moment and the exchange cannot say with which id. Symbols that are not held begin with
  /// their first trade after `listed_after`, when that is given.
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
        sink::PositionBook topic);

  [[nodiscard]] Result<std::vector<Symbol>> listed_symbols(SymbolSelection const& selection,
                                                           feed::ExchangeInfo const& info) const;
  [[nodiscard]] std::vector<Symbol> known_symbols(SymbolSelection const& selection) const;
  [[nodiscard]] shard::ShardSymbol resumed(Symbol const& symbol, std::string currency) const;

  std::vector<sink::Position> positions_;  // by symbol
  std::vector<sink::DeclaredGap> gaps_;    // by symbol
  sink::PositionBook topic_;
  HeldSymbols held_;
  HeldSymbols carried_;
};

}  // namespace k2::app
