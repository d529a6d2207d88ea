#include "app/tape_command.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace k2::app {

std::string restart_tape_command(std::string_view symbol, std::optional<std::uint64_t> first) {
  auto const command = fmt::format("{} {}", kRestartTape, symbol);
  return first ? fmt::format("{} {}", command, *first) : command;
}

Result<RestartTape> parse_restart_tape(std::string_view command) {
  constexpr std::string_view kUsage = "expected: restart-tape SYMBOL [FIRST-ID]";
  if (command.size() <= kRestartTape.size()) {
    return Error{Errc::kConfigInvalid, std::string{kUsage}};
  }
  std::string_view const rest = command.substr(kRestartTape.size() + 1);
  auto const space = rest.find(' ');
  auto symbol = Symbol::parse(rest.substr(0, space));
  if (!symbol) return symbol.error();
  RestartTape wanted{.symbol = *std::move(symbol)};
  if (space == std::string_view::npos) return wanted;
  std::string_view const digits = rest.substr(space + 1);
  std::uint64_t id = 0;
  auto const [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id);
  // The journal stores ids as signed numbers.
  if (error != std::errc{} || end != digits.data() + digits.size() || id > INT64_MAX) {
    return Error{Errc::kConfigInvalid, fmt::format("'{}' is no trade id; {}", digits, kUsage)};
  }
  wanted.first = TradeId{id};
  return wanted;
}

Error restarted_tapes_need_no_kafka() {
  return Error{
      Errc::kConfigInvalid,
      "a topic cannot tell the generations of a tape apart yet: with the sink kafka, stop the "
      "stream, put the data directory away, and start with a new one and a new topic"};
}

std::string restarted_text(sink::TapeRestart const& restart) {
  return fmt::format(
      "{}: the tape is closed{}; generation {} begins with {}", restart.symbol,
      restart.closed_last ? fmt::format(" at id {}", value(*restart.closed_last)) : std::string{},
      restart.generation,
      restart.first ? fmt::format("id {}", value(*restart.first))
                    : std::string{"its first live trade"});
}

}  // namespace k2::app
