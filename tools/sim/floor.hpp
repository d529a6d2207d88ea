// The trading floor: what the source's events go through before they are published. Here trading
// halts, ids are left out for good, and clocks go wrong. What it lets pass is the truth: it is what
// the ledger, REST and the streams tell. Pure; one thread.
#pragma once

#include "core/symbol.hpp"
#include "core/time.hpp"
#include "tools/sim/faults.hpp"
#include "tools/sim/frame_text.hpp"
#include "tools/sim/publication.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace k2::sim {

class Floor {
 public:
  /// `live` says that the source's times are those of the run: they move on while all is halted.
  Floor(SymbolTable const& symbols, bool live) : symbols_(symbols), live_(live) {}

  /// Nothing is traded from now on; of these symbols when some are named.
  void halt(FaultId id, std::vector<std::string> const& symbols, MonoTime now);
  /// Ends that halt. Yields for how long the floor stood still when this was the last that stopped
  /// everything; the pace of the source moves by that.
  [[nodiscard]] std::chrono::nanoseconds resume(FaultId id, MonoTime now);
  /// The next ids are never given; those of the symbol that trades next when none is named.
  void leave_out_ids(std::uint64_t ids, std::vector<std::string> const& symbols);
  /// By how much the exchange's clock is wrong.
  void set_skew(std::chrono::nanoseconds by);

  /// True while nothing at all is traded: the source waits.
  [[nodiscard]] bool stands_still() const noexcept { return still_since_.has_value(); }
  [[nodiscard]] std::chrono::microseconds skew() const noexcept { return skew_; }

  /// Takes what the source wants published and moves its ids and times; false when it never
  /// happens. The text lives until the next call.
  [[nodiscard]] bool pass(Publication& publication);

 private:
  struct Halt {
    FaultId id{};
    /// Empty for all.
    std::vector<SymbolIndex> symbols;
  };
  struct Lane {
    int halts = 0;
    NumberShift shift;
  };

  Lane& lane_of(SymbolIndex symbol);
  [[nodiscard]] std::vector<SymbolIndex> indices_of(std::vector<std::string> const& symbols) const;

  SymbolTable const& symbols_;
  bool live_;
  std::vector<Halt> halts_;
  std::vector<Lane> lanes_;
  std::optional<MonoTime> still_since_;
  std::chrono::nanoseconds stood_still_{};
  std::uint64_t ids_left_out_next_ = 0;
  std::chrono::microseconds skew_{};
  std::string data_;
};

}  // namespace k2::sim
