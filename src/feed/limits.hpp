// The exchange's limits and behaviour. All requests and connections of K2 respect them, independent
// of the number of connections. flow/backfill.hpp has the weight of a repair.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace k2::feed {

/// Source: the exchange's stream documentation, general information (read 2026-11-23).
inline constexpr std::size_t kStreamsPerLineMax = 1024;
/// Source: same; K2 keeps a fifth in reserve for other users of the address.
inline constexpr std::size_t kConnectsPerWindow = 240;
inline constexpr std::chrono::minutes kConnectWindow{5};
/// The pause after 429 or 418 without Retry-After. Chosen: the window of the limits is a minute.
inline constexpr std::chrono::minutes kRateLimitedWait{1};
/// Source: 5 messages/s documented, a request each 250 ms was cut, one each 500 ms held.
inline constexpr std::chrono::milliseconds kSubscribeSpacing{500};
/// A request without a reply for so long is sent again, each time after twice the wait, up to the
/// second. Chosen: replies come within some hundred milliseconds.
inline constexpr std::chrono::seconds kReplyWait{10};
inline constexpr std::chrono::seconds kReplyWaitMax{80};
/// Source: 200 names in a request are known to work; a 437-name SUBSCRIBE once failed silently.
inline constexpr std::size_t kStreamsPerRequest = 200;
/// The time that a stream has to begin after all have been requested. Chosen: as long as evidence
/// that it is dead takes, and longer than data takes to follow a request.
inline constexpr std::chrono::seconds kStreamStarts{3};
/// The server pings each 20 s, so a line without any frame for three of them is dead.
inline constexpr std::chrono::seconds kFrameSilenceMax{60};
/// The longest silence that a quiet market may make before its line is replaced all the same.
inline constexpr std::chrono::hours kQuietWaitMax{1};
/// The exchange cuts a connection at 24 h; no line gets that old.
/// Source: the exchange's stream documentation, general information.
inline constexpr std::chrono::minutes kLineAgeMax{23 * 60 + 30};
/// The age at which a connection is rotated at the latest, even if its lifetime is longer.
/// Chosen: half an hour for the handover to a successor before kLineAgeMax.
inline constexpr std::chrono::hours kRotationAgeMax{23};
/// Chosen: DNS, TCP, TLS and upgrade take under a second on any healthy path.
inline constexpr std::chrono::seconds kConnectTimeout{10};

/// REST request weight per clock minute and address, until exchangeInfo names another.
/// Source: REST documentation, limits.
inline constexpr std::uint32_t kRestWeightPerMinute = 6000;
/// Rows that one reply can carry. Source: REST documentation.
inline constexpr std::uint32_t kTradesPerReply = 1000;

}  // namespace k2::feed
