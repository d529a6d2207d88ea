// A note in the positions topic: transactions hung in a partition and are being aborted there.
// Partitions of one transaction can disagree (KAFKA-20734): the commit marker reached the positions
// and not the trades, or the other way round. The process that aborts what hangs writes the note
// before, so that each process that reads the positions afterwards compares them with the trades
// first. It stays until a transaction with the corrected positions deletes it. Pure.
#pragma once

#include "core/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace k2::sink {

struct HangingNote {
  std::int32_t partition = 0;
  /// The offset in the topic of trades before which every transaction had an outcome.
  std::int64_t trades_from = 0;
  /// A time before the first record of any transaction that hung.
  UtcTime since{};

  friend bool operator==(HangingNote const&, HangingNote const&) = default;
};

/// The keys of all notes begin so.
inline constexpr std::string_view kHangingKeys = "/hanging/";

/// The record's key, which is in the partition that the note is about, and its value. Notes about
/// the same transactions have the same key.
[[nodiscard]] std::string hanging_key(HangingNote const& note);
[[nodiscard]] std::string hanging_value(HangingNote const& note);
/// Returns nothing when this is no record that K2 writes.
[[nodiscard]] std::optional<HangingNote> read_hanging_note(std::string_view key,
                                                           std::string_view value);

}  // namespace k2::sink
