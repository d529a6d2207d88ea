// The admin command that restarts a tape, as text: `k2 ctl restart-tape` writes it, the stream
// reads it. Pure.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/symbol.hpp"
#include "sink/tape_name.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace k2::app {

/// The first word of the command.
inline constexpr std::string_view kRestartTape = "restart-tape";

struct RestartTape {
  Symbol symbol;
  /// The first id of the new tape; empty: its first live trade.
  std::optional<TradeId> first{};
};

[[nodiscard]] std::string restart_tape_command(std::string_view symbol,
                                               std::optional<std::uint64_t> first);

/// Parses "restart-tape SYMBOL [ID]".
/// Errors: kConfigInvalid, kSymbolInvalid.
[[nodiscard]] Result<RestartTape> parse_restart_tape(std::string_view command);

/// The refusal of Kafka together with restarted tapes: the topic has no generations.
[[nodiscard]] Error restarted_tapes_need_no_kafka();

/// The reply to the command.
[[nodiscard]] std::string restarted_text(sink::TapeRestart const& restart);

}  // namespace k2::app
