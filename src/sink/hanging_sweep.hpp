// Ends transactions that brokers left hanging. It reads all positions for the names of journals,
// because each transaction hangs in the name of one. Before it aborts anything it writes a note
// about every partition in which something hangs, also those of other processes: the abort can
// contradict what another partition knows of the same transaction (sink/hanging_note). It works in
// steps. Pure; sink/delivery_driver leads it.
#pragma once

#include "core/result.hpp"
#include "sink/delivery_ports.hpp"
#include "sink/hanging_note.hpp"
#include "sink/position_book.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace k2::sink {

class HangingSweep {
 public:
  /// The time before its first record within which a transaction started and its trades were
  /// written. Chosen: a transaction lasts for 10 s (io/kafka_producer) and brokers look for those
  /// that last longer every 10 s.
  static constexpr std::chrono::minutes kTransactionTime{1};

  /// The stages in their order.
  enum class Stage : std::uint8_t {
    kOpenPositions,
    kFindJournals,
    kFindEnds,
    kFindStableEnds,
    kFindTimes,
    kWriteNotes,
    kAbort,
  };

  HangingSweep(DeliveryPorts ports, std::string journal, std::int32_t partitions)
      : ports_(ports), journal_(std::move(journal)), partitions_(partitions) {}

  void start();
  /// Continues with one request.
  /// Errors: those of the ports, and kDataCorrupt.
  [[nodiscard]] Result<Progress> step();

  [[nodiscard]] Stage stage() const noexcept { return stage_; }
  /// The journals in whose names transactions are aborted. Complete from Stage::kFindEnds on.
  [[nodiscard]] std::set<std::string> const& journals() const noexcept { return journals_; }
  /// The partitions in which something hangs. Complete from Stage::kWriteNotes on.
  [[nodiscard]] std::vector<HangingNote> const& notes() const noexcept { return notes_; }

 private:
  [[nodiscard]] Result<Progress> open_positions();
  [[nodiscard]] Result<Progress> find_journals();
  [[nodiscard]] Result<Progress> find_ends();
  [[nodiscard]] Result<Progress> find_stable_ends();
  [[nodiscard]] Result<Progress> find_times();
  [[nodiscard]] Result<Progress> write_notes();
  void list_hanging();
  void note(TopicPlace const& place, UtcTime first);

  DeliveryPorts ports_;
  std::string journal_;
  std::int32_t partitions_;
  Stage stage_ = Stage::kOpenPositions;
  PositionBook positions_;
  std::set<std::string> journals_;
  std::vector<TopicPlace> ends_;
  std::vector<TopicPlace> stable_ends_;
  /// The last stable offsets of places where something hangs; those before `timed_` have a note.
  std::vector<TopicPlace> hanging_;
  std::size_t timed_ = 0;
  std::vector<HangingNote> notes_;
};

}  // namespace k2::sink
