// The journal as what follows it into Kafka sees it: blocks from any place on, and what it holds
// at a moment. One thread.
#pragma once

#include "io/journal_reader.hpp"
#include "sink/topic_tapes.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace k2::io {

/// Reads the current content of the journal, its end first.
/// Errors: those of the database.
[[nodiscard]] Result<sink::JournalFacts> read_facts(JournalReader& reader);

/// The partitions whose hint names a record that the journal does not hold at that place: it has
/// lost its tail (a power cut, a restored copy) and numbered anew. The reader is at another place
/// afterwards. Errors: those of the database.
[[nodiscard]] Result<std::vector<std::int32_t>> refuted_hints(
    JournalReader& reader, std::span<sink::JournalHint const> hints);

}  // namespace k2::io
