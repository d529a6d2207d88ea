// The repair of holes over REST: which pages to ask for, in what order, inside the weight budget,
// and what to make of the answers. Rows go to the sequencer like any trade; the planner only looks
// at whether the hole grew smaller. Pure; one shard's thread.
//
// Live holes come first: one request a symbol, a few at a time. Declared gaps are repaired behind
// them. It never gives up: waits grow to a cap and the next try follows.
#pragma once

#include "core/result.hpp"
#include "flow/gap.hpp"
#include "flow/sequencer.hpp"
#include "flow/weight_budget.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

namespace k2::flow {

enum class RequestId : std::uint64_t {};

/// Where rows come from: /historicalTrades (from an id, a database that may lag) or /trades (the
/// newest thousand, from memory).
enum class RestSource : std::uint8_t { kHistorical, kRecent };

struct RestRequest {
  RequestId id{};
  SymbolIndex symbol{};
  RestSource source = RestSource::kHistorical;
  /// The first id wanted; kRecent ignores it.
  TradeId from{};

  friend bool operator==(RestRequest const&, RestRequest const&) = default;
};

/// What a reply held, after its rows went to the sequencer.
struct RestRows {
  std::size_t count = 0;
  TradeId first{};
  TradeId last{};
};

struct BackfillOptions {
  std::uint32_t request_weight = 25;
  /// Rows of a full page. A hole shorter than this is looked for in the newest trades first.
  std::uint32_t page_rows = 1000;
  /// Requests under way at once.
  std::size_t in_flight_max = 4;
  std::chrono::nanoseconds retry_min = std::chrono::milliseconds{500};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{30};
  /// Between two looks at ids that the exchange does not show. Source: the tail of its database
  /// lags by an unknown time; minutes are far beyond any lag seen.
  std::chrono::nanoseconds venue_confirm = std::chrono::minutes{2};
};

class Backfill {
 public:
  explicit Backfill(BackfillOptions options) : options_(options) {}

  /// Appends the requests to make now: called holes first, then declared gaps.
  void plan(Sequencer const& sequencer, WeightBudget& budget, Now now,
            std::vector<RestRequest>& out);

  /// A reply's rows have been given to the sequencer. Returns ids of a declared gap that the
  /// exchange has now failed to show twice: the venue lacks them.
  [[nodiscard]] std::optional<IdRange> on_rows(RequestId request, RestRows rows,
                                               Sequencer const& sequencer, Now now);
  /// A request failed; it is made again later.
  void on_error(RequestId request, Now now);
  /// The symbol now has a declared gap to repair.
  void on_declared(SymbolIndex symbol);

  /// The symbol of a request under way; nothing when it is not known.
  [[nodiscard]] std::optional<SymbolIndex> symbol_of(RequestId request) const;
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.size(); }
  /// Nothing is under way, and no declared gap is left to repair.
  [[nodiscard]] bool idle() const noexcept { return in_flight_.empty() && damaged_.empty(); }

 private:
  struct Job {
    bool in_flight = false;
    RestRequest request;
    IdRange wanted;
    bool declared = false;
    MonoTime not_before = MonoTime::min();
    int failures = 0;
    // Where the exchange showed no ids, and when that was first seen.
    std::optional<TradeId> absent_from;
    MonoTime absent_at;
  };

  bool ask(SymbolIndex symbol, IdRange wanted, bool declared, WeightBudget& budget, Now now,
           std::vector<RestRequest>& out);
  [[nodiscard]] static bool progressed(Job const& job, Sequencer const& sequencer);
  [[nodiscard]] std::optional<IdRange> absent(Job& job, RestRows rows, Now now) const;
  void retry_later(Job& job, Now now) const;
  Job* finish(RequestId request);

  BackfillOptions options_;
  std::unordered_map<std::uint32_t, Job> jobs_;  // by symbol
  std::vector<SymbolIndex> damaged_;             // symbols with declared gaps
  std::unordered_map<std::uint64_t, SymbolIndex> in_flight_;
  std::uint64_t requests_ = 0;
};

}  // namespace k2::flow
