// The faults of the exchange simulator as a user writes them: one fault per line,
//     KIND [when] [how long] [details]
// for example `drop at-trade=10000 how=rst` or `lose every=30s frames=50`. docs/sim.md lists all
// words. Pure.
#pragma once

#include "core/result.hpp"
#include "core/symbol.hpp"
#include "tools/sim/fault_kind.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

/// The end of a connection: `rst` or `fin`.
enum class DropKind : std::uint8_t { kReset, kEnd };

/// The connections that a fault hits.
enum class FaultTarget : std::uint8_t { kAll, kOne, kNewest, kOldest };

/// The defect of the exchange's TLS that a client must detect.
enum class TlsFault : std::uint8_t {
  kNone,
  kExpired,
  kNotYetValid,
  kWrongHost,
  kSelfSigned,
  kUnknownCa,
  kOldTls,
};

struct FaultSpec {
  FaultKind kind{};
  /// The line as it was written.
  std::string text{};

  /// The start: after a time, or after a number of trades, counted from the first publication; or
  /// repeatedly at random with this mean distance. None of them: from the start.
  std::optional<std::chrono::nanoseconds> at{};
  std::optional<std::uint64_t> at_trade{};
  std::optional<std::chrono::nanoseconds> every{};
  std::optional<std::uint64_t> every_trades{};

  /// The length: a span of time, or a number of frames. None of them: one frame for a fault of
  /// frames without a probability; otherwise until it is healed.
  std::optional<std::chrono::nanoseconds> length{};
  std::optional<std::uint64_t> frames{};

  /// The probability with which each of the frames, connections or requests within the length is
  /// hit.
  std::optional<double> probability{};
  /// The only stream that it hits; empty for all.
  std::string stream{};
  FaultTarget on = FaultTarget::kAll;

  DropKind how = DropKind::kReset;
  std::uint16_t code = 1008;
  std::string reason{};
  std::chrono::nanoseconds lead = std::chrono::seconds{10};
  /// The HTTP status answered; 0 where there is none.
  unsigned status = 0;
  std::optional<std::chrono::seconds> retry_after{};
  std::chrono::nanoseconds delay{};
  std::chrono::nanoseconds lag = std::chrono::seconds{3};
  std::chrono::nanoseconds by = std::chrono::seconds{-2};
  /// Chosen: twice what a cautious client takes.
  std::uint64_t bytes = std::uint64_t{2} << 20;
  /// Units: bytes per second.
  std::uint64_t rate = 100;
  std::uint64_t ids = 10;
  TlsFault tls = TlsFault::kExpired;
  /// Empty for all.
  std::vector<std::string> symbols{};
  std::vector<FaultKind> kinds{};
};

/// Reads one fault; words are separated by blanks or commas.
/// Errors: kConfigInvalid, naming the word and what is allowed.
[[nodiscard]] Result<FaultSpec> parse_fault(std::string_view text);

/// Reads a timetable: one fault a line; empty lines and what follows a # are skipped.
/// Errors: kConfigInvalid, naming the line.
[[nodiscard]] Result<std::vector<FaultSpec>> parse_faults(std::string_view text);

/// Checks that the exchange has all symbols that the faults name.
/// Errors: kConfigInvalid, naming the fault, the symbol, and some existing symbols.
[[nodiscard]] Result<bool> check_symbols(std::vector<FaultSpec> const& specs,
                                         SymbolTable const& symbols);

}  // namespace k2::sim
