// Tests the backfill of many ids against a REST service with slow replies: duration, memory,
// fairness, and the requests while nothing answers.
#include "flow/continuity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace k2::flow {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A virtual exchange: every symbol has ids 1..edge, replies come after a delay that varies.
class Repair {
 public:
  explicit Repair(ContinuityOptions options, milliseconds delay = seconds{1})
      : continuity(options), delay_(delay) {}

  void add(std::uint64_t position, std::vector<IdRange> gaps = {}) {
    auto const symbol = static_cast<SymbolIndex>(accepted.size());
    continuity.add_symbol(symbol, TradeId{position}, std::move(gaps), now().mono);
    accepted.emplace_back();
    last_.push_back(position);
  }
  void live(std::uint32_t symbol, std::uint64_t id) {
    continuity.on_trade(trade(symbol, id), now().mono);
    edge[symbol] = std::max(edge[symbol], id);
  }
  /// Runs until all holes are filled, or until its time is over.
  void run(std::chrono::nanoseconds until) {
    for (; time_ < until; time_ += milliseconds{10}) {
      answer();
      take();
      if (now().mono < continuity.next_deadline()) continue;
      std::vector<RestRequest> wanted;
      continuity.tick(now(), wanted);
      take();
      for (RestRequest const& request : wanted) {
        ++asked[value(request.symbol)];
        if (first_pages_hang && request.from == TradeId{1}) continue;
        // Every third reply is late, so that pages come out of order.
        auto const due = time_ + (++requests % 3 == 0 ? delay_ * 3 / 2 : delay_);
        replies_.emplace(due, request);
      }
      if (stop_when_whole && continuity.holes() == 0 && replies_.empty()) return;
    }
  }
  [[nodiscard]] std::chrono::nanoseconds time() const { return time_; }
  [[nodiscard]] Now now() const {
    return {MonoTime{hours{1}} + time_,
            UtcTime{std::chrono::duration_cast<std::chrono::microseconds>(time_)}};
  }

  Continuity continuity;
  std::map<std::uint32_t, std::uint64_t> edge;
  std::vector<std::uint64_t> accepted;
  std::map<std::uint32_t, std::size_t> asked;
  std::set<std::uint64_t> lacking;
  std::set<std::uint32_t> refused;
  /// Duration of each gap of the symbols after the first.
  std::vector<std::chrono::nanoseconds> closed_after;
  std::size_t requests = 0;
  std::size_t waiting_most = 0;
  std::uint64_t late = 0;
  bool in_order = true;
  bool rest_is_down = false;
  bool first_pages_hang = false;
  std::size_t shelved_most = 0;
  bool stop_when_whole = true;

 private:
  static Trade trade(std::uint32_t symbol, std::uint64_t id, Origin origin = Origin::kStream) {
    Trade made;
    made.symbol = SymbolIndex{symbol};
    made.id = TradeId{id};
    made.origin = origin;
    return made;
  }
  void answer() {
    while (!replies_.empty() && replies_.begin()->first <= time_) {
      RestRequest const request = replies_.begin()->second;
      replies_.erase(replies_.begin());
      if (refused.contains(value(request.symbol))) {
        continuity.on_rest_refused(request.id, now());
        continue;
      }
      if (rest_is_down) {
        continuity.on_rest_error(request.id, Error{Errc::kTimeout}, std::nullopt, now());
        continue;
      }
      auto const symbol = value(request.symbol);
      std::uint64_t const end = edge[symbol];
      std::uint64_t const from = request.source == RestSource::kRecent
                                     ? std::max<std::uint64_t>(end, 1'000) - 999
                                     : value(request.from);
      std::vector<Trade> rows;
      for (std::uint64_t id = from; id <= end && rows.size() < 1'000; ++id) {
        if (!lacking.contains(id)) rows.push_back(trade(symbol, id, Origin::kRest));
      }
      continuity.on_rest_rows(request.id, rows, now());
    }
  }
  void take() {
    for (Trade const& one : continuity.accepted()) {
      auto const symbol = value(one.symbol);
      ++accepted[symbol];
      late += one.late ? 1U : 0U;
      if (one.late) continue;
      in_order &= value(one.id) > last_[symbol];
      last_[symbol] = value(one.id);
    }
    continuity.accepted().clear();
    for (HoleChange const& change : continuity.hole_changes()) {
      if (change.closed && value(change.symbol) > 0) closed_after.push_back(change.age);
    }
    continuity.hole_changes().clear();
    waiting_most = std::max(waiting_most, continuity.waiting());
    shelved_most = std::max(shelved_most, continuity.shelved());
  }

  milliseconds delay_;
  std::chrono::nanoseconds time_{};
  std::multimap<std::chrono::nanoseconds, RestRequest> replies_;
  std::vector<std::uint64_t> last_;
};

ContinuityOptions options() {
  // One trade tells how far behind a tape is: nothing here is about whether it is to be believed.
  return {.quiet = {.silence_min = hours{24}, .recheck_max = hours{24}, .look_at_start = false},
          .suspects = {.jump_min = UINT64_MAX}};
}

TEST(BackfillDepth, RepairsAMillionTradesAtTheSpeedOfTheBudgetWhenRepliesTakeASecond) {
  Repair repair{options()};
  repair.add(0);
  repair.live(0, 1'000'001);
  repair.run(minutes{20});
  EXPECT_EQ(repair.accepted[0], 1'000'001U);
  EXPECT_TRUE(repair.in_order);
  EXPECT_EQ(repair.late, 0U);
  EXPECT_EQ(repair.continuity.counts().gaps_declared, 0U);
  // 1,000 pages of weight 25 at 5,400 a minute are 278 s of the budget's own time.
  EXPECT_LE(repair.time(), seconds{278} * 10 / 9);
  EXPECT_LE(repair.requests, 1'010U) << "no page is asked twice";
  EXPECT_LE(repair.waiting_most, 1'001U);
}

TEST(BackfillDepth, MeetsTheLiveEdgeWhileTradesGoOn) {
  Repair repair{options()};
  repair.add(0);
  std::uint64_t edge = 300'000;
  repair.live(0, edge);
  repair.stop_when_whole = false;
  for (auto second = seconds{1}; second <= minutes{5}; ++second) {
    for (int trade = 0; trade < 500; ++trade) repair.live(0, ++edge);
    repair.run(second);
  }
  repair.stop_when_whole = true;
  repair.run(minutes{10});
  EXPECT_EQ(repair.accepted[0], edge);
  EXPECT_TRUE(repair.in_order);
  EXPECT_EQ(repair.late, 0U);
  EXPECT_LE(repair.waiting_most, 16'384U);
  EXPECT_LE(repair.requests, 530U);
}

TEST(BackfillDepth, GoesPastAnIdThatTheExchangeLacksAndLosesNothingElse) {
  Repair repair{options()};
  repair.add(0);
  repair.lacking = {50'000};
  repair.live(0, 100'000);
  repair.run(minutes{5});
  EXPECT_EQ(repair.accepted[0], 99'999U);
  EXPECT_EQ(repair.late, 0U);
  EXPECT_EQ(repair.continuity.counts().ids_declared, 1U);
}

TEST(BackfillDepth, GoesPastOneLackingIdAlsoWhenTheWaitingRoomIsFullOfLiveTrades) {
  Repair repair{options()};
  repair.add(0);
  repair.lacking = {50'000};
  for (std::uint64_t id = 100'001; id <= 120'000; ++id) repair.live(0, id);
  repair.run(minutes{5});
  EXPECT_EQ(repair.accepted[0], 119'999U);
  EXPECT_EQ(repair.late, 0U);
  EXPECT_EQ(repair.continuity.counts().ids_declared, 1U);
  EXPECT_LE(repair.waiting_most, 16'384U);
}

TEST(BackfillDepth, IsSureOfALackingIdBeforeALongPatienceEnds) {
  auto patient = options();
  patient.gap_patience = hours{24};
  Repair repair{patient};
  repair.add(0);
  repair.lacking = {50'000};
  repair.live(0, 100'000);
  repair.run(minutes{4});
  EXPECT_EQ(repair.accepted[0], 99'999U);
  ASSERT_FALSE(repair.continuity.gap_pieces().empty());
  EXPECT_EQ(repair.continuity.gap_pieces().back().why, GapWhy::kVenue);
}

TEST(BackfillDepth, ServesAllSymbolsInTurn) {
  Repair repair{options()};
  for (std::uint32_t symbol = 0; symbol < 40; ++symbol) {
    repair.add(0);
    repair.live(symbol, 1'000'000);
  }
  repair.run(minutes{3});
  EXPECT_EQ(repair.continuity.counts().gaps_declared, 0U) << "they only wait for their turn";
  for (auto const& [symbol, count] : repair.asked) {
    EXPECT_GE(count, 12U) << symbol;
    EXPECT_LE(count, 20U) << symbol;
  }
  EXPECT_EQ(repair.asked.size(), 40U);
}

/// Half of the gaps lasted no longer than this.
std::chrono::nanoseconds median(std::vector<std::chrono::nanoseconds> ages) {
  std::ranges::sort(ages);
  return ages.at(ages.size() / 2);
}

/// One id is lost of one of twenty symbols, every three seconds.
void lose_now_and_then(Repair& repair, seconds until) {
  for (std::uint32_t symbol = 1; symbol <= 20; ++symbol) repair.live(symbol, 1);
  std::vector<std::uint64_t> last(21, 1);
  for (auto second = seconds{3}; second <= until; second += seconds{3}) {
    auto const symbol = static_cast<std::uint32_t>(second.count() / 3 % 20 + 1);
    last[symbol] += 2;
    repair.live(symbol, last[symbol]);
    repair.run(second);
  }
}

TEST(BackfillDepth, ClosesSmallGapsOfOthersAtOnceBesideACatchUp) {
  Repair alone{options(), milliseconds{150}};
  Repair beside{options(), milliseconds{150}};
  for (Repair* const repair : {&alone, &beside}) {
    repair->stop_when_whole = false;
    for (std::uint32_t symbol = 0; symbol <= 20; ++symbol) repair->add(0);
  }
  beside.live(0, 20'000'000);
  lose_now_and_then(alone, minutes{10});
  lose_now_and_then(beside, minutes{10});
  ASSERT_GE(beside.closed_after.size(), 199U);
  EXPECT_LE(median(beside.closed_after), 2 * median(alone.closed_after));
  EXPECT_LE(std::ranges::max(beside.closed_after), seconds{1});
  // The gaps take 500 of the 5,400 that there are in a minute.
  EXPECT_GE(beside.asked[0] * 25, 10U * 4'900U * 9U / 10U);
}

TEST(BackfillDepth, ClosesTwentySmallGapsThatOpenTogetherWithinSeconds) {
  Repair repair{options(), milliseconds{150}};
  repair.stop_when_whole = false;
  for (std::uint32_t symbol = 0; symbol <= 20; ++symbol) repair.add(0);
  repair.live(0, 20'000'000);
  repair.run(minutes{5});
  for (std::uint32_t symbol = 1; symbol <= 20; ++symbol) repair.live(symbol, 2);
  repair.run(minutes{5} + seconds{10});
  ASSERT_EQ(repair.closed_after.size(), 20U);
  EXPECT_LE(std::ranges::max(repair.closed_after), seconds{5});
}

TEST(BackfillDepth, LeavesOthersAloneWhenOneSymbolIsRefused) {
  Repair repair{options(), milliseconds{150}};
  repair.stop_when_whole = false;
  repair.refused = {0};
  repair.add(0, {{TradeId{0}, TradeId{0}}});
  for (std::uint32_t symbol = 1; symbol <= 20; ++symbol) repair.add(0);
  repair.live(0, 3'000);
  lose_now_and_then(repair, minutes{10});
  ASSERT_GE(repair.closed_after.size(), 199U);
  EXPECT_LE(std::ranges::max(repair.closed_after), milliseconds{500});
  EXPECT_GE(repair.asked[0], 5U) << "it is tried again";
  EXPECT_LE(repair.asked[0], 20U) << "more and more seldom";
}

TEST(BackfillDepth, DeclaresNothingWhileItsTurnIsLongInComing) {
  Repair repair{options()};
  for (std::uint32_t symbol = 0; symbol < 500; ++symbol) {
    repair.add(0);
    repair.live(symbol, 100'000);
  }
  repair.run(minutes{4});
  EXPECT_EQ(repair.asked.size(), 500U);
  EXPECT_EQ(repair.continuity.counts().gaps_declared, 0U);
}

TEST(BackfillDepth, DeclaresAllInTimeWhenRestIsDown) {
  Repair repair{options()};
  repair.rest_is_down = true;
  repair.stop_when_whole = false;
  for (std::uint32_t symbol = 0; symbol < 30; ++symbol) {
    repair.add(0);
    repair.live(symbol, 1'000);
  }
  repair.run(seconds{61});
  EXPECT_LT(repair.asked.size(), 30U) << "some had no turn";
  EXPECT_EQ(repair.continuity.counts().gaps_declared, 30U);
}

TEST(BackfillDepth, KeepsFewPagesThatWaitForAnEarlierOne) {
  auto with_small_shelf = options();
  with_small_shelf.backfill.shelf_pages_max = 4;
  Repair repair{with_small_shelf};
  repair.first_pages_hang = true;
  for (std::uint32_t symbol = 0; symbol < 5; ++symbol) {
    repair.add(0);
    repair.live(symbol, 100'000);
  }
  repair.run(seconds{50});
  EXPECT_GE(repair.shelved_most, 4U);
  EXPECT_LE(repair.shelved_most, 4U + 8U);
  repair.run(seconds{70});
  EXPECT_EQ(repair.continuity.counts().gaps_declared, 5U) << "a page that never comes is no turn";
}

TEST(BackfillDepth, AsksSeldomThroughAnOutageOfHours) {
  Repair repair{options()};
  repair.rest_is_down = true;
  repair.stop_when_whole = false;
  for (std::uint32_t symbol = 0; symbol < 100; ++symbol) {
    repair.add(10'000, {{TradeId{5'001}, TradeId{5'500}}});
    repair.edge[symbol] = 10'000;
  }
  repair.run(hours{6});
  EXPECT_GE(repair.requests, 600U);
  EXPECT_LE(repair.requests, 760U) << "one each 30 s, whoever needs it";
  repair.rest_is_down = false;
  repair.run(hours{6} + minutes{3});
  EXPECT_EQ(repair.late, 50'000U) << "all are repaired soon after";
}

}  // namespace
}  // namespace k2::flow
