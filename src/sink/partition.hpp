// The partition of a key, computed as in Kafka's Java clients, so that other programs that write to
// or join with the topic find a symbol where they expect it. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace k2::sink {

/// MurmurHash2 with the seed of Kafka's Java clients.
/// Source: org.apache.kafka.common.utils.Utils.murmur2.
[[nodiscard]] std::uint32_t murmur2(std::string_view bytes) noexcept;

/// The partition of a record with this key, of `partitions` (at least 1).
/// Source: the Java client's default partitioner.
[[nodiscard]] std::int32_t partition_of(std::string_view key, std::int32_t partitions) noexcept;

/// Removes from `assigned` the partitions that do not exist for K2, which uses those below
/// `configured`, and returns them. Somebody added them to the topic; no symbol belongs there.
[[nodiscard]] std::vector<std::int32_t> take_surplus(std::vector<std::int32_t>& assigned,
                                                     std::int32_t configured);

}  // namespace k2::sink
