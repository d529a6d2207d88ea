// A read_committed reader of all topics of a simulated world, who reads along while the world runs
// and holds what is visible against the promises: each trade once, in order except LATE, and in the
// end all of them; positions that claim nothing which such a reader cannot see; declared gaps that
// say the truth; each dead letter once. Throws OracleFailure.
#pragma once

#include "core/ids.hpp"
#include "tests/simulation/kafka/cluster.hpp"
#include "tests/simulation/kafka/recorder.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace k2::simulation::kafka {

struct OracleCounts {
  std::uint64_t trades = 0;
  std::uint64_t late = 0;
  std::uint64_t gap_changes = 0;
  std::uint64_t dead_letters = 0;
  std::uint64_t positions = 0;
};

class Oracles {
 public:
  Oracles(std::int32_t partitions, bool transactions, Cluster const& cluster,
          Published const& published)
      : partitions_(partitions),
        transactions_(transactions),
        cluster_(cluster),
        published_(published) {}

  /// Reads what has become visible since.
  void read();
  /// The topic was deleted; what comes into it later begins anew.
  void on_deleted(int topic);
  /// The positions are lost: nothing may be delivered any more into a partition that holds trades.
  void expect_refusal();
  [[nodiscard]] bool is_refusal_expected() const noexcept { return !refused_.empty(); }
  [[nodiscard]] std::int32_t partitions() const noexcept { return partitions_; }
  /// True once everything is there that must come: all trades, all changes of gaps of ids that the
  /// exchange lacks, and all of these dead letters by the name of their journal.
  [[nodiscard]] bool is_complete(std::map<std::string, std::uint64_t> const& dead_letters) const;
  /// Returns the symbols of which a position is visible.
  [[nodiscard]] std::set<std::string> known_symbols() const;
  void check_end(std::map<std::string, std::uint64_t> const& dead_letters) const;

  [[nodiscard]] OracleCounts const& counts() const noexcept { return counts_; }

 private:
  /// A visible trade.
  struct Seen {
    MonoTime appended = MonoTime::max();
    std::uint64_t transaction = 0;
    bool late = false;
    bool is_there = false;
  };
  struct Tape {
    /// The visible trades by id.
    std::vector<Seen> seen;
    std::uint64_t newest = 0;
    std::uint64_t count = 0;
    /// The claim of the newest visible position: ids up to this one, except for these.
    std::uint64_t claimed = 0;
    std::set<std::uint64_t> unclaimed;
  };
  /// A visible position claims these ids.
  struct Claim {
    std::string symbol;
    std::uint64_t id = 0;
    MonoTime visible{};
  };
  struct GapHistory {
    int opened = 0;
    int venue = 0;
    std::vector<std::uint64_t> repaired;
    std::string newest;
  };

  void check_added_partitions() const;
  void take_trade(PartitionLog::Entry const& entry);
  void take_position(PartitionLog::Entry const& entry);
  void take_gap(PartitionLog::Entry const& entry);
  void take_dead_letter(PartitionLog::Entry const& entry);
  [[nodiscard]] bool is_excused(std::int32_t partition) const;
  [[nodiscard]] bool is_excused(std::string_view symbol) const;
  [[nodiscard]] bool is_partly_committed(std::string_view symbol) const;
  void check_complete() const;
  void check_claims() const;
  void check_gaps() const;
  void check_gap(std::string const& symbol, std::uint64_t id, Seen const* trade,
                 GapHistory const& history) const;

  std::int32_t partitions_;
  bool transactions_;
  Cluster const& cluster_;
  Published const& published_;
  std::array<PartitionLog::Offset, kPlaces> next_{};
  std::map<std::string, Tape, std::less<>> tapes_;
  std::vector<Claim> claims_;
  std::map<std::pair<std::string, std::uint64_t>, GapHistory> histories_;
  std::uint64_t venue_declared_ = 0;
  std::set<std::int32_t> refused_;
  std::map<std::string, std::uint64_t, std::less<>> dead_letters_;
  OracleCounts counts_;
};

}  // namespace k2::simulation::kafka
