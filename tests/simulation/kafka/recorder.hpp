// The journal of a simulated process: a list of records that a simple recorder fills from what the
// exchange published, with declared gaps and dead letters beside them. Where a tape continues after
// a change of owner is the product's decision (shard/resume).
#pragma once

#include "core/rng.hpp"
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
  void apply(sink::Recording const& recording);
  /// Records what the exchange published since.
  void record();
  /// Without REST, gaps are declared and stay.
  void set_rest(bool works) noexcept { rest_ = works; }

  [[nodiscard]] std::vector<RecordedTrade> const& trades() const noexcept { return trades_; }
  [[nodiscard]] std::vector<sink::DeclaredGap> gaps() const;
  [[nodiscard]] sink::JournalFacts facts() const;
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
};

}  // namespace k2::simulation::kafka
