// Compares positions with the topic of trades, in partitions in which transactions hung and were
// aborted. A position may cover trades that went with the abort, and trades may be visible that no
// position covers. Afterwards the positions state what a `read_committed` reader sees: ids that
// went are missing, to be declared and delivered again, and ids that are there are not delivered
// twice. Reads the trades that a transaction held first, then those that are visible. It works in
// steps. Pure; sink/position_loader leads it.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "sink/delivery_ports.hpp"
#include "sink/hanging_note.hpp"
#include "sink/position_book.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace k2::sink {

/// The trades of one symbol, as far as they were read.
struct ComparedTrades {
  /// Ids that a transaction held and that the position covers.
  std::set<TradeId> held;
  /// The held ids that are visible, and visible ids that the position does not cover.
  std::set<TradeId> visible;
};

/// Returns the position that agrees with these trades; nothing when it is the committed one, which
/// is null when there is none.
[[nodiscard]] std::optional<CorrectedPosition> correct(TopicPosition const* committed,
                                                       ComparedTrades const& trades);

class TradeComparison {
 public:
  /// Records that one step reads at most. Chosen: some milliseconds.
  static constexpr int kRecordsPerStep = 5'000;
  /// The time by which a record may seem older than its trade. Chosen: clocks that are a minute
  /// apart.
  static constexpr std::chrono::minutes kClockTolerance{1};

  /// `partitions` is the number of partitions of each topic.
  TradeComparison(TradesPort& trades, std::int32_t partitions)
      : trades_(trades), partitions_(partitions) {}

  /// Starts with the partitions of these notes.
  void start(std::span<HangingNote const> notes);
  void stop();
  [[nodiscard]] bool is_active() const noexcept { return stage_ != Stage::kStopped; }

  /// Continues with at most one request. Once it is done, `book` has the corrected positions.
  /// Errors: those of the port.
  [[nodiscard]] Result<Progress> step(PositionBook& book);

 private:
  enum class Stage : std::uint8_t {
    kStopped,
    kOpenHeld,
    kReadHeld,
    kOpenCommitted,
    kReadCommitted,
  };

  [[nodiscard]] Result<Progress> open();
  [[nodiscard]] Result<Progress> read(PositionBook& book);
  void take(TopicTrade const& trade, PositionBook const& book);
  void finish_partition(PositionBook& book);

  TradesPort& trades_;
  std::int32_t partitions_;
  Stage stage_ = Stage::kStopped;
  /// The notes of each partition, combined into one.
  std::map<std::int32_t, HangingNote> notes_;
  std::map<std::string, ComparedTrades, std::less<>> compared_;
};

}  // namespace k2::sink
