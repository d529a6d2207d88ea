// Tapes by name. A symbol has one tape until the exchange's ids of it start over and an operator
// restarts its tape: then the old one is closed, and the next generation begins. Generation 0 is
// named by the symbol alone, generation N by the symbol and "-gN"; no symbol contains a lower-case
// letter, so that no name means two tapes. The names are keys of the journal's tables and parts of
// message ids. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"
#include "sink/trade_record.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sink {

/// The beginning of every message id; the tape's name and the trade's id follow.
inline constexpr std::string_view kMessagePrefix = "binance-spot-";

/// The reason that is stored with the gaps that were open when their tape was closed.
inline constexpr std::string_view kWhyTapeClosed =
    "tape_closed: the ids started over before these could be fetched";

/// A symbol and a generation of its tape.
struct TapeName {
  std::string_view symbol;
  std::uint32_t generation = 0;
};

/// A tape was closed, and the next generation of the symbol begins.
struct TapeRestart {
  std::string symbol;
  /// The generation that begins; at least 1.
  std::uint32_t generation = 0;
  /// The sequence number with which it begins: no record before it belongs to this generation, and
  /// no record of the symbol from it on belongs to an earlier one.
  std::uint64_t first_sequence = 0;
  /// The last id of the generation before; empty when it has none.
  std::optional<TradeId> closed_last{};
  /// The id with which it begins; empty: its first live trade.
  std::optional<TradeId> first{};
  UtcTime opened_at{};

  friend bool operator==(TapeRestart const&, TapeRestart const&) = default;
};

[[nodiscard]] std::string tape_name(std::string_view symbol, std::uint32_t generation);

/// Splits the name of a tape; a text that names no generation is a symbol.
[[nodiscard]] TapeName parse_tape_name(std::string_view name) noexcept;

/// The name of the record's tape, as its message id has it. A view into the record.
[[nodiscard]] std::string_view tape_of(TradeRecord const& record) noexcept;

/// The generation of the record's tape.
[[nodiscard]] std::uint32_t generation_of(TradeRecord const& record) noexcept;

}  // namespace k2::sink
