// The journal of a simulated process: a list of records that a simple recorder fills from what the
// exchange published, with declared gaps and dead letters beside them. Where a tape continues after
// a change of owner is the product's decision (shard/resume).
#pragma once

#include "core/rng.hpp"
#include "shard/shard.hpp"
#include "sink/delivery.hpp"
#include "sink/topic_tapes.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace k2::simulation::kafka {

/// The trades that the exchange published of a symbol: ids 1..last, except those that it lacks.
struct Publication {
  std::uint64_t last = 0;
  std::set<std::uint64_t> absent{};
};
using Published = std::map<std::string, Publication>;

struct RecordedTrade {
  std::string symbol;
  std::uint64_t id = 0;
  bool late = false;
};

class Recorder {
 public:
  Recorder(std::int32_t partitions, Published const& published, Rng rng)
      : partitions_(partitions), published_(published), rng_(rng) {}

  /// The process starts: it records nothing until apply().
  void start();
  /// Loses the newest records, as a power cut does.
  void lose(std::size_t records);
  /// Makes these records unreadable, as a damaged block does.
  void damage(std::uint64_t first_sequence, std::uint64_t records);
  /// Deletes the records before this sequence number.
  void retire(std::uint64_t first_sequence);
  /// Continues with a new journal, whose tapes begin with their first live trades.
  void replace();
  void apply(sink::Recording const& recording);
  /// Opens gaps of these ids. Throws OracleFailure when the journal holds one of them.
  void reopen(sink::SymbolIds const& lost);
  /// Records what the exchange published since.
  void record();
  /// Without REST, gaps are declared and stay.
  void set_rest(bool works) noexcept { rest_ = works; }

  [[nodiscard]] std::vector<RecordedTrade> const& trades() const noexcept { return trades_; }
  [[nodiscard]] std::vector<sink::DeclaredGap> gaps() const;
  [[nodiscard]] sink::JournalFacts facts() const;
  [[nodiscard]] std::uint64_t first_sequence() const noexcept { return first_sequence_; }
  /// False for a record that is damaged or was deleted.
  [[nodiscard]] bool is_readable(std::uint64_t sequence) const {
    return sequence >= first_sequence_ && !damaged_.contains(sequence);
  }
  /// Counts the ids that were opened again.
  [[nodiscard]] std::uint64_t reopened() const noexcept { return reopened_; }
  /// The number of dead letters, which are numbered from 1.
  [[nodiscard]] std::uint64_t dead_letters() const noexcept { return dead_letters_; }

 private:
  struct Tape {
    bool carried = false;
    std::optional<std::uint64_t> last;
    std::vector<IdRange> open_gaps;
    std::vector<IdRange> elsewhere;
    std::vector<IdRange> venue;
  };
  struct Declared {
    /// The number of records that the journal held.
    std::size_t size = 0;
    sink::DeclaredGap gap;
  };

  void record_one(std::string const& symbol, Tape& tape, Publication const& published);
  void repair_one(std::string const& symbol, Tape& tape, Publication const& published);
  void declare(std::string const& symbol, IdRange range, GapState state);
  void add(std::string const& symbol, std::uint64_t id, bool late);
  [[nodiscard]] shard::ShardSymbol tape_of(std::string const& symbol, Tape const& tape) const;
  void take(std::string const& symbol, shard::ShardSymbol const& carried,
            std::vector<sink::DeclaredGap> gaps);
  void check_declared(std::string const& symbol, std::uint64_t id) const;
  void rebuild_tables();

  std::int32_t partitions_;
  Published const& published_;
  Rng rng_;
  bool rest_ = true;
  std::vector<RecordedTrade> trades_;
  std::map<std::string, std::uint64_t> newest_;
  std::map<std::string, Tape> tapes_;
  std::vector<Declared> declared_;
  std::uint64_t dead_letters_ = 0;
  std::uint64_t first_sequence_ = 1;
  std::set<std::uint64_t> damaged_;
  /// Tapes begin with the newest trade, and not with the first one.
  bool begins_live_ = false;
  std::uint64_t reopened_ = 0;
};

}  // namespace k2::simulation::kafka
