// Checks that a topic is delivered into with the same number of partitions for all of its life. A
// symbol belongs to the partition that the hash of its name gives it, so another number would move
// symbols to partitions that have no position of them, and their trades would be delivered again.
// Pure.
#pragma once

#include "core/result.hpp"
#include "sink/position_book.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace k2::sink {

/// Returns the numbers of partitions, at most `partitions_max`, that put each symbol where its
/// largest position is. `book` was made for `partitions`.
[[nodiscard]] std::vector<std::int32_t> fitting_partition_counts(PositionBook const& book,
                                                                 std::int32_t partitions,
                                                                 std::int32_t partitions_max);

/// Checks a book that was made for `partitions`, the value of kafka.partitions, against what the
/// registered journals and the places of the positions say.
/// Errors: kConfigInvalid, naming the number to set.
[[nodiscard]] Result<void> check_partition_count(PositionBook const& book, std::string_view topic,
                                                 std::int32_t partitions);

}  // namespace k2::sink
