// The backfill of holes over REST: it decides which pages to request, in what order, within the
// weight budget, and how to use the replies. Several pages of one hole may be in flight. A page
// that arrives before its turn waits, so that rows reach the sequencer in order. Pure; runs on the
// shard's thread.
//
// Live holes that one page closes come first, then longer ones page by page, each in turn over all
// symbols. Declared gaps follow. The backfill never gives up: waits grow to a cap, and the next
// attempt follows. A refusal concerns only the symbol that was refused. While REST is down for all,
// one request at a time tests whether it is back.
#pragma once

#include "core/planted.hpp"
#include "core/trade.hpp"
#include "flow/absent_ids.hpp"
#include "flow/gap.hpp"
#include "flow/rest_request.hpp"
#include "flow/sequencer.hpp"
#include "flow/weight_budget.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

namespace k2::flow {

struct BackfillOptions {
  std::uint32_t request_weight = 25;
  /// Rows of a full page. A hole shorter than half of this is looked for in the newest trades
  /// first.
  std::uint32_t page_rows = 1000;
  /// Maximum number of concurrent requests. Chosen: spends the weight of a minute (216 pages) in
  /// half a minute when a reply takes a second.
  std::size_t in_flight_max = 8;
  /// The part of them that is reserved for holes that one page closes.
  std::size_t in_flight_reserve = 2;
  /// Pages that came before their turn, of all symbols (64 kB each).
  std::size_t shelf_pages_max = 32;
  std::chrono::nanoseconds retry_min = std::chrono::milliseconds{500};
  std::chrono::nanoseconds retry_max = std::chrono::seconds{30};
  /// Time between two queries for ids that the exchange does not show. Source: the tail of its
  /// database lags by an unknown time; minutes are far beyond any lag seen.
  std::chrono::nanoseconds venue_confirm = std::chrono::minutes{2};
};

/// Ids that the exchange has now failed to show twice.
struct Absence {
  IdRange ids;
  GapWhy why = GapWhy::kVenue;
};

class Backfill {
 public:
  explicit Backfill(BackfillOptions options) : options_(options) {}

  /// Appends the requests to send now. Returns the time to call it again if no reply arrives.
  MonoTime plan(Sequencer const& sequencer, WeightBudget& budget, Now now,
                std::vector<RestRequest>& out);

  /// Handles a reply. Returns true when its rows go to the sequencer immediately; otherwise they
  /// are kept here until their turn, or were not requested.
  [[nodiscard]] bool on_reply(RequestId request, std::span<Trade const> rows);
  /// The rows of the symbol's first page went to the sequencer. Returns what the exchange lacks.
  [[nodiscard]] std::vector<Absence> on_taken(SymbolIndex symbol, std::span<Trade const> rows,
                                              Sequencer const& sequencer, Now now);
  /// The page whose turn has come, if it is here already.
  [[nodiscard]] std::optional<std::vector<Trade>> take_shelved(SymbolIndex symbol);
  /// Symbols whose first page is on the shelf because the pages before it are needed no more.
  [[nodiscard]] std::vector<SymbolIndex>& ready() noexcept { return ready_; }
  /// A request failed as it would have for any symbol; it is made again later.
  void on_error(RequestId request, Now now);
  /// Handles a reply without the requested rows: it concerns this request's symbol alone.
  void on_refused(RequestId request, Now now);
  /// An idle probe failed as any request would have, or was answered.
  void on_probe_failed(Now now) { note_outage(now.mono); }
  void on_probe_answered() { note_answer(); }
  /// Returns whether an idle probe may be sent now. While REST is down, it is one of the requests
  /// that test whether REST is back.
  [[nodiscard]] bool may_probe(std::size_t probes_in_flight, MonoTime now) const {
    return !down() || (now >= outage_until_ && in_flight_.empty() && probes_in_flight == 0);
  }
  /// The symbol now has a declared gap to repair.
  void on_declared(SymbolIndex symbol);
  /// Nothing of the symbol is repaired any more.
  void remove_symbol(SymbolIndex symbol);

  /// Returns whether the symbol's hole only waits for its turn, or for a reply: no attempt has
  /// failed since it last became smaller, none has been in flight for longer than `patience`, and
  /// REST is not down.
  [[nodiscard]] bool waits_for_turn(SymbolIndex symbol, IdRange hole,
                                    std::chrono::nanoseconds patience, MonoTime now) const;
  [[nodiscard]] std::optional<SymbolIndex> symbol_of(RequestId request) const;
  [[nodiscard]] std::size_t in_flight() const noexcept { return in_flight_.size(); }
  /// Pages that wait for their turn.
  [[nodiscard]] std::size_t shelved() const noexcept { return shelved_; }

 private:
  enum class PageState : std::uint8_t { kToAsk, kInFlight, kShelved };
  struct Page {
    IdRange ids;
    PageState state = PageState::kToAsk;
    RestRequest request{};
    MonoTime asked_at{};
    std::vector<Trade> rows{};
  };
  /// The results of the requests for one hole, or for the declared gaps.
  struct Tries {
    MonoTime not_before = MonoTime::min();
    int failures = 0;
    /// The sources are used in turn.
    int source_turn = 0;
  };
  /// The repair of one symbol: of its hole, or else of its declared gaps.
  struct Job {
    std::deque<Page> pages;
    bool declared = false;
    Tries live;
    Tries behind;
    AbsentIds absent;

    [[nodiscard]] Tries& tries() noexcept {
      return declared || K2_PLANTED(kKeepBackoff) ? behind : live;
    }
  };

  void ask_all(std::vector<SymbolIndex> const& symbols, Purpose purpose, Sequencer const& sequencer,
               WeightBudget& budget, Now now, std::vector<RestRequest>& out);
  bool ask_one(SymbolIndex symbol, Purpose purpose, Sequencer const& sequencer,
               WeightBudget& budget, Now now, std::vector<RestRequest>& out);
  [[nodiscard]] bool wants(std::optional<Hole> const& hole, Purpose purpose) const;
  [[nodiscard]] RestRequest request_for(SymbolIndex symbol, Job& job, Page const& page,
                                        std::optional<Hole> const& hole);
  [[nodiscard]] bool may_ask(Purpose purpose, MonoTime now);
  void note_outage(MonoTime now);
  void note_answer() noexcept;
  [[nodiscard]] Page* page_to_ask(Job& job, std::span<IdRange const> missing, MonoTime now);
  void drop_settled(Job& job, std::span<IdRange const> missing, bool declared);
  void drop_front(Job& job);
  [[nodiscard]] std::vector<Absence> note_absent(Job& job, std::span<IdRange const> missing,
                                                 std::span<Trade const> rows, MonoTime now) const;
  [[nodiscard]] bool is_due(Job const& job, IdRange range, MonoTime now) const;
  [[nodiscard]] bool down() const noexcept { return outage_ >= kOutageFailures; }
  void retry_later(Job& job, MonoTime now) const;
  [[nodiscard]] std::chrono::nanoseconds backoff(int failures, bool declared) const;
  [[nodiscard]] Page* finish(RequestId request);

  /// Failures in a row, of whatever symbols, that say that REST is down.
  static constexpr int kOutageFailures = 3;

  BackfillOptions options_;
  std::unordered_map<std::uint32_t, Job> jobs_;  // by symbol
  std::vector<SymbolIndex> damaged_;             // symbols with declared gaps
  std::unordered_map<std::uint64_t, SymbolIndex> in_flight_;
  std::size_t shelved_ = 0;
  std::array<std::size_t, 3> turns_{};  // by purpose
  std::vector<SymbolIndex> ready_;
  bool no_weight_ = false;  // the budget has nothing left for this purpose
  // Consecutive failures of all symbols, and the end of the pause that follows from them.
  int outage_ = 0;
  MonoTime outage_until_ = MonoTime::min();
  MonoTime wake_at_ = MonoTime::max();
  std::uint64_t requests_ = 0;
};

}  // namespace k2::flow
