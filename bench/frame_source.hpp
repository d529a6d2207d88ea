// Endless trade frames for the pump: the recording's own prices, quantities and sides, in the
// exchange's layout with microseconds, ids consecutive per symbol. Made once; giving out a frame
// only rewrites the ten digits of its id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k2::bench {

/// The symbol of a number: BTCUSDT alone, or one of many made-up names of usual length.
[[nodiscard]] std::string symbol_name(std::size_t number, std::size_t count);

class FrameSource {
 public:
  /// Spreads the recorded trades over `symbols` symbols, at random by a fixed seed.
  FrameSource(std::vector<std::string_view> const& recorded, std::size_t symbols);

  /// The next WebSocket frame, header and all; valid until the call after the next lap.
  [[nodiscard]] std::string_view next();

 private:
  struct Slot {
    std::uint32_t first;
    std::uint32_t length;
    std::uint32_t id_at;
    std::uint32_t symbol;
  };

  std::string bytes_;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t> next_id_;
  std::size_t at_ = 0;
};

}  // namespace k2::bench
