// The market: the source's events pass it before they are published. Here trading halts,
// ids are permanently left out, and clocks go wrong. Its output is the truth: the ledger, REST and
// the streams report it. Pure; one thread.
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

class Market {
 public:
  /// `live` is true when the source's times are those of the run: they advance while all is halted.
  Market(SymbolTable const& symbols, bool live) : symbols_(symbols), live_(live) {}

  /// Nothing is traded from now on; of these symbols when some are named.
  void halt(FaultId id, std::vector<std::string> const& symbols, MonoTime now);
  /// Ends that halt. Returns how long the market was halted when this was the last halt of
  /// everything; the pace of the source is shifted by that.
  [[nodiscard]] std::chrono::nanoseconds resume(FaultId id, MonoTime now);
  /// The next ids are never given; those of the symbol that trades next when none is named.
  void leave_out_ids(std::uint64_t ids, std::vector<std::string> const& symbols);
  /// Sets the error of the exchange's clock.
  void set_skew(std::chrono::nanoseconds by);

  /// True while nothing at all is traded: the source waits.
  [[nodiscard]] bool is_halted() const noexcept { return still_since_.has_value(); }
  [[nodiscard]] std::chrono::microseconds skew() const noexcept { return skew_; }

  /// Takes the source's next publication and shifts its ids and times; false when it is dropped.
  /// The text lives until the next call.
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
