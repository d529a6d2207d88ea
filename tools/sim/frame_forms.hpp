// The forms that one publication's frame takes: raw or combined, in milliseconds or microseconds.
// Each is made when it is first needed. Pure; the Exchange owns it.
#pragma once

#include "tools/sim/publication.hpp"
#include "tools/sim/session.hpp"

#include <array>
#include <string>
#include <string_view>

namespace k2::sim {

class FrameForms {
 public:
  /// Moves on to another publication, which lives until the next one.
  void begin(Publication const& publication);
  /// The frame as this session gets it; it lives until the next begin().
  [[nodiscard]] std::string_view of(Session const& session);

 private:
  Publication publication_;
  std::array<std::string, 4> frames_;
  std::array<bool, 4> made_{};
};

/// A frame cut in half, between two characters.
[[nodiscard]] std::string broken(std::string_view frame);

/// A frame with blanks behind it up to so many bytes; the JSON stays valid.
[[nodiscard]] std::string blown_up(std::string_view frame, std::size_t bytes);

/// The announcement of a shutdown as this session gets it.
/// Source: the exchange's stream documentation, serverShutdown (read 2026-11-23).
[[nodiscard]] std::string shutdown_frame(Session const& session, UtcTime now);

}  // namespace k2::sim
