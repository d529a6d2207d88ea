// The contents of a simulated disk, as the journal's tables would hold them: blocks, the positions
// they moved, declared gaps. Every commit is decoded and compared with the truth; a broken promise
// throws OracleFailure. A copy is an earlier state, to which a loss of power returns.
#pragma once

#include "core/ids.hpp"
#include "sink/batch.hpp"
#include "sink/trade_record.hpp"
#include "tests/simulation/id_spans.hpp"
#include "tests/simulation/ledger.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::simulation {

/// One symbol's share of a disk.
struct Tape {
  /// The row of the positions table.
  std::optional<TradeId> position;
  std::optional<TradeId> first;
  std::optional<TradeId> newest;
  IdSpans delivered;
  /// Rows of the gaps table by first id.
  std::map<TradeId, sink::DeclaredGap> gaps;
};

/// The number of records by origin.
struct RecordCounts {
  std::uint64_t records = 0;
  std::uint64_t late = 0;
  std::uint64_t from_rest = 0;
};

class Durable {
 public:
  explicit Durable(Ledger const& ledger) : ledger_(&ledger) {}

  /// Stores a group all or nothing, as Journal::commit does, and checks it.
  void commit(std::vector<sink::Batch> const& group);

  /// Forgets all of a symbol, as if it had never been recorded.
  void forget(std::string const& symbol) { tapes_.erase(symbol); }

  /// No promise is left unkept about trades up to these ids: each is there, no gap that hides one
  /// is open.
  void check_complete(std::map<std::string, TradeId> const& up_to) const;

  [[nodiscard]] Tape const& tape(std::string const& symbol) const;
  /// The rows of the positions table.
  [[nodiscard]] std::vector<sink::Position> positions() const;
  /// The rows of the gaps table.
  [[nodiscard]] std::vector<sink::DeclaredGap> gaps() const;
  [[nodiscard]] std::uint64_t next_sequence() const noexcept { return next_sequence_; }
  [[nodiscard]] RecordCounts const& counts() const noexcept { return counts_; }
  /// Ids in rows of the gaps table, in any state.
  [[nodiscard]] std::uint64_t ids_declared() const;
  [[nodiscard]] std::uint64_t dead_letters() const noexcept { return dead_letters_; }

 private:
  /// Ids that delivery went past in a commit, to be found in the gaps table at its end.
  struct Skip {
    std::string symbol;
    IdRange ids;
  };

  void store(sink::Block const& block, std::vector<Skip>& skips);
  void check_record(sink::TradeRecord const& record, std::vector<Skip>& skips);
  void check_content(sink::TradeRecord const& record, TradeId id) const;
  void check_skips(std::vector<Skip> const& skips) const;
  void check_gap(sink::DeclaredGap const& gap) const;
  [[nodiscard]] static bool covered(Tape const& tape, IdRange ids);

  Ledger const* ledger_;
  std::map<std::string, Tape, std::less<>> tapes_;
  std::uint64_t next_sequence_ = 1;
  std::uint64_t dead_letters_ = 0;
  RecordCounts counts_;
};

}  // namespace k2::simulation
