// The records beside the trades as Avro datums: TapeGap and DeadLetter (schemas/). Pure; not hot.
#pragma once

#include "core/ids.hpp"
#include "sink/notices.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace k2::sink {

/// Maximum bytes of a dead letter in one datum. Chosen: a message of Kafka holds a million bytes
/// unless topic and clients are configured otherwise, and the rest of the record is small.
inline constexpr std::size_t kLetterBytesMax = 900'000;

/// Appends the gap as a datum of TapeGap. Its state must not be kElsewhere: a topic has no other.
void append_gap(DeclaredGap const& gap, std::string_view journal, std::string& out);
/// Reads such a datum; false when it is invalid, or has bytes behind its end.
[[nodiscard]] bool read_gap(std::string_view datum, DeclaredGap& gap);

/// Appends the letter as a datum of DeadLetter, cut at kLetterBytesMax; `number` numbers the
/// letters of `journal`.
void append_dead_letter(DeadLetter const& letter, std::string_view journal, std::uint64_t number,
                        std::string& out);
/// True when the datum is a DeadLetter and ends where that does.
[[nodiscard]] bool is_dead_letter(std::string_view datum);

/// The symbol that the frame or row names; empty when none can be made out.
[[nodiscard]] std::string symbol_in(std::string_view bytes);

}  // namespace k2::sink
