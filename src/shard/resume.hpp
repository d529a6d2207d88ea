// Restores the tapes of a shard after a start from what the journal had made durable. Pure; the
// real start (app/stream_setup) and the simulated one both use it.
#pragma once

#include "shard/shard.hpp"
#include "sink/block.hpp"
#include "sink/lost_ids.hpp"
#include "sink/notices.hpp"

#include <span>
#include <vector>

namespace k2::shard {

/// Fills in the position and the open gaps of the symbol's generation from the journal's tables.
/// Delivery has continued past a declared gap in every state of it, even when no trade behind it is
/// durable yet: its LATE trades move no position.
void resume(ShardSymbol& symbol, std::span<sink::Position const> positions,
            std::span<sink::DeclaredGap const> gaps);

/// Moves the tape behind what the topic holds, where that is further than the journal: the ids
/// between were delivered by another process and are not fetched again, except for ids that the
/// topic lacks, which become open gaps. Returns the pieces that the journal must declare.
[[nodiscard]] std::vector<sink::DeclaredGap> catch_up(ShardSymbol& symbol, UtcTime now);

/// Opens gaps of ids behind the tape's end that the topic lacks and the journal does not bring,
/// except for those that are open already. The tape must have started. Returns the pieces that the
/// journal is to declare: those that are open now, and what is left of its rows around them.
[[nodiscard]] std::vector<sink::DeclaredGap> reopen(ShardSymbol& symbol,
                                                    sink::SymbolIds const& lost, UtcTime now);

}  // namespace k2::shard
