// The exchange's own account of what it published, trade by trade in the order of publication: the
// reference with which a verifier compares a store. Text, one line a trade:
//     symbol,id,price,quantity,time_us,is_buyer_maker
// Pure: the shell takes the text and writes it. It also holds the trades that a fault kept from the
// clients.
#pragma once

#include "tools/sim/publication.hpp"

#include <string>
#include <string_view>

namespace k2::sim {

/// Appends the ledger's line of a trade, with its line break.
void append_ledger_line(PublishedTrade const& trade, std::string_view symbol, std::string& out);

}  // namespace k2::sim
