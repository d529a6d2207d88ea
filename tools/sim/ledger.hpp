// The exchange's own account of what it published, trade by trade in the order of publication: what
// a verifier compares a store with. Text, one line a trade:
//     symbol,id,price,quantity,time_us,is_buyer_maker
// Pure: the shell takes the text and writes it. A trade that a fault kept from the clients stands
// in it all the same.
#pragma once

#include "tools/sim/publication.hpp"

#include <string>
#include <string_view>

namespace k2::sim {

/// Appends the ledger's line of a trade, with its line break.
void append_ledger_line(PublishedTrade const& trade, std::string_view symbol, std::string& out);

}  // namespace k2::sim
