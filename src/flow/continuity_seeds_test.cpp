// Thousands of small markets by seed: a line that loses, repeats and reorders, a REST that fails,
// lags and limits, a sink that is full for a while, a process that dies and starts again from what
// was durable. Whatever happens, after healing every id must have been delivered once and in order,
// or inside a declared gap.
#include "core/rng.hpp"
#include "flow/continuity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kFirstId = 1'000;
constexpr std::uint64_t kTrades = 6'000;
constexpr std::uint32_t kSymbols = 3;

Trade trade(std::uint32_t symbol, std::uint64_t id, Origin origin) {
  Trade made;
  made.symbol = SymbolIndex{symbol};
  made.id = TradeId{id};
  made.origin = origin;
  return made;
}

/// The durable trades and gaps, and the oracle over them.
struct Durable {
  std::optional<TradeId> position;
  std::map<TradeId, std::pair<TradeId, GapState>> pieces;  // by first id
  std::set<std::uint64_t> delivered;

  void deliver(Trade const& one) {
    ASSERT_TRUE(delivered.insert(value(one.id)).second) << "twice: " << value(one.id);
    if (one.late) return;
    if (position) {
      ASSERT_GT(value(one.id), value(*position)) << "out of order";
    }
    position = one.id;
  }
  [[nodiscard]] std::vector<IdRange> open_gaps() const {
    std::vector<IdRange> open;
    for (auto const& [first, piece] : pieces) {
      if (piece.second == GapState::kOpen) open.push_back({first, piece.first});
    }
    return open;
  }
};

class Market {
 public:
  explicit Market(std::uint64_t seed) : rng_(seed) {
    options_.backfill.in_flight_max = 2;
    options_.sequencer.waiting_per_symbol_max = 200;
    options_.sequencer.waiting_total_max = 400;
    options_.gap_patience = std::chrono::seconds{5};
    loss_ = rng_.unit() * 0.1;
    rest_failure_ = rng_.unit() * 0.6;
    start();
  }

  void run() {
    while (published_ < kTrades) step(true);
    // Healed: nothing is lost any more, REST answers; silence then shows the tail.
    loss_ = rest_failure_ = 0;
    continuity_->set_admission(true);
    for (int quiet = 0; quiet < 10'000; ++quiet) step(quiet < 1'000 && quiet % 200 == 0);
  }

  void check() const {
    for (std::uint32_t symbol = 0; symbol < kSymbols; ++symbol) {
      Durable const& tape = durable_[symbol];
      ASSERT_FALSE(tape.delivered.empty());
      EXPECT_TRUE(tape.open_gaps().empty()) << "REST had every id";
      std::uint64_t const first = *tape.delivered.begin();
      EXPECT_EQ(tape.delivered.size(), edge_[symbol] - first + 1);
      EXPECT_EQ(*tape.delivered.rbegin(), edge_[symbol]);
    }
  }

 private:
  struct Reply {
    MonoTime due;
    RestRequest request;
  };

  [[nodiscard]] Now now() const {
    return {MonoTime{time_}, UtcTime{std::chrono::duration_cast<std::chrono::microseconds>(time_)}};
  }

  void start() {
    replies_.clear();
    line_.clear();
    continuity_ = std::make_unique<Continuity>(options_);
    for (std::uint32_t symbol = 0; symbol < kSymbols; ++symbol) {
      Durable const& tape = durable_[symbol];
      continuity_->add_symbol(SymbolIndex{symbol}, tape.position, tape.open_gaps(), now().mono);
    }
    continuity_->on_line_up(now().mono);
  }

  void step(bool publish) {
    time_ += milliseconds{10};
    if (publish) this->publish();
    if (loss_ > 0 && rng_.chance(0.002)) start();  // killed: what was not durable is gone
    if (loss_ > 0 && rng_.chance(0.01)) continuity_->set_admission(rng_.chance(0.5));
    answer();
    if (now().mono >= continuity_->next_deadline()) {
      std::vector<RestRequest> requests;
      continuity_->tick(now(), requests);
      for (RestRequest const& request : requests) {
        replies_.push_back({now().mono + milliseconds{rng_.below(300)}, request});
      }
    }
    commit();
  }

  void publish() {
    for (std::uint64_t count = rng_.below(6); count-- > 0;) {
      auto const symbol = static_cast<std::uint32_t>(rng_.below(kSymbols));
      line_.push_back(trade(symbol, ++edge_[symbol], Origin::kStream));
      ++published_;
      if (rng_.chance(0.05)) line_.push_back(line_.back());
      if (line_.size() > 1 && rng_.chance(0.05)) {
        std::swap(line_.back(), line_[line_.size() - 2]);
      }
    }
    while (line_.size() > rng_.below(4)) {
      if (!rng_.chance(loss_)) continuity_->on_trade(line_.front(), now().mono);
      line_.pop_front();
    }
  }

  void answer() {
    auto const due = std::partition(replies_.begin(), replies_.end(),
                                    [&](Reply const& one) { return one.due > now().mono; });
    std::vector<Reply> const ready{due, replies_.end()};
    replies_.erase(due, replies_.end());
    for (Reply const& reply : ready) answer(reply.request);
  }

  void answer(RestRequest const& request) {
    if (rng_.chance(rest_failure_)) {
      bool const limited = rng_.chance(0.1);
      continuity_->on_rest_error(request.id, Error{limited ? Errc::kRateLimited : Errc::kTimeout},
                                 limited ? std::optional{std::chrono::seconds{2}} : std::nullopt,
                                 now());
      return;
    }
    auto const symbol = value(request.symbol);
    std::uint64_t const edge = edge_[symbol];
    // The database lags behind the newest trades; the memory holds only those.
    bool const recent = request.source == RestSource::kRecent;
    std::uint64_t const last = recent ? edge : edge - std::min(edge, rng_.below(20));
    std::uint64_t const first =
        recent ? std::max(kFirstId, edge > 99 ? edge - 99 : 0) : value(request.from);
    std::vector<Trade> rows;
    for (std::uint64_t id = first; id <= last && rows.size() < 100; ++id) {
      rows.push_back(trade(symbol, id, Origin::kRest));
    }
    continuity_->on_rest_rows(request.id, rows, now());
  }

  /// Commits as the journal does: trades and changes of gaps, all or nothing.
  void commit() {
    for (Trade const& one : continuity_->accepted()) durable_[value(one.symbol)].deliver(one);
    continuity_->accepted().clear();
    for (GapPiece const& piece : continuity_->gap_pieces()) {
      durable_[value(piece.symbol)].pieces[piece.range.first] = {piece.range.last, piece.state};
    }
    continuity_->gap_pieces().clear();
    ASSERT_LE(continuity_->waiting(), options_.sequencer.waiting_total_max);
  }

  Rng rng_;
  ContinuityOptions options_;
  double loss_ = 0;
  double rest_failure_ = 0;
  std::chrono::nanoseconds time_ = std::chrono::hours{1};
  std::uint64_t edge_[kSymbols] = {kFirstId, kFirstId, kFirstId};
  std::uint64_t published_ = 0;
  std::deque<Trade> line_;
  std::vector<Reply> replies_;
  Durable durable_[kSymbols];
  std::unique_ptr<Continuity> continuity_;
};

TEST(ContinuitySeeds, DeliverEveryIdOnceAndInOrderOrLate) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Market market{seed};
    market.run();
    market.check();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace k2::flow
