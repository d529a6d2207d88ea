// The kinds of faults of the exchange simulator: the name of each, its scope, and the details it
// takes. Pure. A new fault is an entry here and the place where it acts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace k2::sim {

enum class FaultKind : std::uint8_t {
  /// Connections end without a close frame.
  kDrop,
  /// Connections end with a close frame.
  kClose,
  /// A shutdown is announced, and comes.
  kServerShutdown,
  /// Frames are not sent, though published.
  kLose,
  /// Frames are sent twice.
  kDuplicate,
  /// A frame is sent behind the next one.
  kReorder,
  /// Frames are cut in half.
  kBadJson,
  /// Frames are blown up.
  kOversize,
  /// Streams of the connections that are there fall silent.
  kMute,
  /// The exchange has forgotten the connections that are there, and TCP has not noticed.
  kHalfOpen,
  /// The network swallows what either side sends.
  kBlackHole,
  /// Bytes dribble.
  kSlowBytes,
  /// The acknowledgement comes immediately, the data later.
  kLateData,
  /// New connections are shown a certificate, or a TLS, that no client may accept.
  kBadCertificate,
  /// The upgrade to WebSocket is refused.
  kRefuse,
  /// REST answers nothing, errors, or late.
  kRestDown,
  /// REST's databases are behind.
  kRestLag,
  /// Trade ids are left out for good.
  kIdGap,
  /// The exchange's clock is wrong.
  kClockSkew,
  /// Nothing is traded.
  kHalt,
  /// Draws another fault by chance.
  kRandom,
};

/// The scope of a fault, and how it ends.
enum class FaultScope : std::uint8_t {
  /// It happens and is over.
  kMoment,
  /// It hits frames, so many or for a span.
  kFrames,
  /// It holds the connections that were there when it began, until they are gone.
  kConnections,
  /// It holds for everybody for a span.
  kCondition,
};

struct FaultKindInfo {
  std::string_view name;
  FaultKind kind{};
  FaultScope scope{};
  /// The words it takes besides those for its time.
  std::string_view details;
};

/// All kinds, in the order of FaultKind.
[[nodiscard]] std::span<FaultKindInfo const> fault_kinds() noexcept;
[[nodiscard]] FaultKindInfo const& info_of(FaultKind kind) noexcept;
[[nodiscard]] std::optional<FaultKind> find_fault_kind(std::string_view name) noexcept;

/// True when a list of words separated by blanks holds this one.
[[nodiscard]] bool has_word(std::string_view list, std::string_view word) noexcept;

}  // namespace k2::sim
