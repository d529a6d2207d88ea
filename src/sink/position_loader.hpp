// Reads the positions of partitions that were assigned to this process. It first waits until no
// transaction of an earlier owner can commit into them any more, then reads the positions topic to
// its end, and is done once every transaction in the other topics of these partitions has an
// outcome: one that hangs there would be decided by the next commit. Where transactions hung and
// were aborted, it compares the positions with the trades. It works in steps, so that other
// partitions are delivered meanwhile. Pure; sink/delivery_driver runs it.
#pragma once

#include "sink/delivery_ports.hpp"
#include "sink/position_book.hpp"
#include "sink/trade_comparison.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace k2::sink {

enum class LoadState : std::uint8_t {
  kReading,
  /// A transaction has no outcome yet; nothing else is left to do.
  kPendingTransactions,
  kDone,
};

class PositionLoader {
 public:
  /// Records that one step reads at most. Chosen: some milliseconds.
  static constexpr int kRecordsPerStep = 5'000;

  /// `journal` is the name of this process's journal, `partitions` the number of partitions of each
  /// topic.
  PositionLoader(DeliveryPorts ports, std::string journal, std::int32_t partitions)
      : ports_(ports),
        journal_(std::move(journal)),
        partition_count_(partitions),
        book_(partitions),
        comparison_(ports.trades, partitions) {}

  /// Begins to load these partitions, and with `dead_letters` also the number up to which this
  /// journal's dead letters are delivered. An earlier load is dropped.
  void start(std::uint64_t ticket, std::set<std::int32_t> partitions, bool dead_letters);
  void stop();
  [[nodiscard]] bool is_active() const noexcept { return stage_ != Stage::kStopped; }
  /// The ticket that start() received.
  [[nodiscard]] std::uint64_t ticket() const noexcept { return ticket_; }

  /// Continues with at most one request.
  /// Errors: those of the ports, and kDataCorrupt.
  [[nodiscard]] Result<LoadState> step();

  /// Returns what was read. Complete once step() has returned kDone.
  [[nodiscard]] PositionBook const& book() const noexcept { return book_; }

 private:
  enum class Stage : std::uint8_t {
    kStopped,
    kSettling,
    kOpening,
    kFindingEnds,
    kReading,
    kComparing
  };

  [[nodiscard]] Result<LoadState> settle();
  [[nodiscard]] Result<LoadState> open();
  [[nodiscard]] Result<LoadState> find_ends();
  [[nodiscard]] Result<LoadState> read();
  [[nodiscard]] Result<LoadState> finish();
  [[nodiscard]] Result<LoadState> check_positions_end();
  [[nodiscard]] Result<LoadState> compare();
  [[nodiscard]] Result<void> apply(PositionRecord const& record);
  [[nodiscard]] Result<LoadState> check_outcomes(LoadState when_known);
  void list_other_places();
  [[nodiscard]] std::int32_t letter_partition() const;
  [[nodiscard]] std::set<std::int32_t> used_partitions() const;

  DeliveryPorts ports_;
  std::string journal_;
  std::int32_t partition_count_;
  Stage stage_ = Stage::kStopped;
  std::uint64_t ticket_ = 0;
  std::set<std::int32_t> partitions_;
  bool dead_letters_ = false;
  /// Places outside the positions topic whose transactions need an outcome: the ends at the time
  /// when reading began. Behind the first `outcomes_` of them, places that only show whether
  /// partitions of others hold anything.
  std::vector<TopicPlace> other_ends_;
  std::size_t outcomes_ = 0;
  /// Partitions in which a symbol's position was read, also those of others.
  std::set<std::int32_t> with_positions_;
  std::vector<TopicPlace> stable_ends_;
  /// The ends of the positions when every outcome was known.
  std::vector<TopicPlace> positions_ends_;
  bool all_read_ = false;
  bool outcomes_known_ = false;
  PositionBook book_;
  TradeComparison comparison_;
};

}  // namespace k2::sink
