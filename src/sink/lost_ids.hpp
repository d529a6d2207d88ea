// Ids that the topic lacks and that the journal does not bring: its blocks with them are damaged or
// were deleted at journal.max_bytes, or it began after them. They are requested from the exchange
// again. A request opens a gap in the journal, so a range that is being fetched is not lost any
// more; a range that stays lost is requested again after a wait that doubles. Pure; sink/delivery
// leads it.
#pragma once

#include "core/ids.hpp"
#include "core/time.hpp"
#include "sink/notices.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace k2::sink {

/// Ids of one symbol that the topic lacks and the journal does not bring, ascending.
struct SymbolIds {
  std::string symbol;
  std::vector<IdRange> ids;
  /// The journal's rows of repaired gaps that these ids are in: they are split when the ids are
  /// opened again.
  std::vector<DeclaredGap> repaired{};

  friend bool operator==(SymbolIds const&, SymbolIds const&) = default;
};

/// Returns what is in both lists of ascending, disjoint ranges.
[[nodiscard]] std::vector<IdRange> common(std::span<IdRange const> one,
                                          std::span<IdRange const> other);

class LostIds {
 public:
  /// The wait before the same ids are requested again: it doubles from the first value to the
  /// second. Chosen: the longest wait between two requests of backfill; a day.
  static constexpr std::chrono::minutes kWaitFirst{10};
  static constexpr std::chrono::hours kWaitMax{24};
  /// Limit of requested ranges that are remembered (64 bytes each). While there are so many,
  /// further ranges wait.
  static constexpr std::size_t kRequestedMax = 10'000;

  /// Takes what is lost by the look that has just ended. Returns what is to be requested now: those
  /// ids that were lost by the look before as well and are due.
  [[nodiscard]] std::vector<SymbolIds> on_look(std::vector<SymbolIds> lost, MonoTime now);

 private:
  struct Requested {
    TradeId last{};
    MonoTime again_at;
    std::chrono::nanoseconds wait{};
  };
  /// By first id.
  using Ranges = std::map<TradeId, Requested>;

  [[nodiscard]] bool request(Ranges& ranges, IdRange ids, MonoTime now);
  void forget_old(MonoTime now);

  std::vector<SymbolIds> before_;
  std::map<std::string, Ranges, std::less<>> requested_;
  std::size_t count_ = 0;
};

}  // namespace k2::sink
