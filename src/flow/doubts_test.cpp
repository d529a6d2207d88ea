// Ids that continuity doubts: far ahead of the tape, or below it although the trades are newer.
#include "flow/continuity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr SymbolIndex kBtc{0};
constexpr LineId kFirst{1};
constexpr LineId kSecond{2};
constexpr std::uint64_t kFar = std::uint64_t{1} << 62U;

Now at(std::chrono::nanoseconds since_start) {
  return {MonoTime{seconds{100}} + since_start,
          UtcTime{seconds{1'700'000'040}} +
              std::chrono::duration_cast<std::chrono::microseconds>(since_start)};
}

/// One symbol that trades once a second; each trade is as old as the moment it comes.
class Tape {
 public:
  explicit Tape(std::optional<std::uint64_t> position) : continuity(ContinuityOptions{}) {
    std::optional<TradeId> last;
    if (position) last = TradeId{*position};
    continuity.add_symbol(kBtc, last, {}, at({}).mono);
  }
  Verdict live(std::uint64_t id, LineId line = kFirst) {
    return continuity.on_trade(trade(id, Origin::kStream), at(now).mono, line);
  }
  /// Ids first..last come, one a second.
  void run(std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last; ++id) {
      now += seconds{1};
      (void)live(id);
      (void)tick();
    }
  }
  std::vector<RestRequest> tick() {
    std::vector<RestRequest> requests;
    continuity.tick(at(now), requests);
    return requests;
  }
  /// The one request that is made now is answered with these rows.
  void answer(std::uint64_t first, std::uint64_t last) {
    auto const requests = tick();
    ASSERT_EQ(requests.size(), 1U);
    ASSERT_EQ(requests[0].source, RestSource::kRecent);
    std::vector<Trade> rows;
    for (auto id = first; id <= last; ++id) rows.push_back(trade(id, Origin::kRest));
    continuity.on_rest_rows(requests[0].id, rows, at(now));
  }
  std::vector<std::uint64_t> ids() {
    std::vector<std::uint64_t> made;
    for (Trade const& one : continuity.accepted()) made.push_back(value(one.id));
    continuity.accepted().clear();
    return made;
  }
  [[nodiscard]] std::uint64_t expected() const {
    return value(continuity.sequencer().expected(kBtc).value_or(TradeId{0}));
  }

  Continuity continuity;
  std::chrono::nanoseconds now{};

 private:
  [[nodiscard]] Trade trade(std::uint64_t id, Origin origin) const {
    Trade made;
    made.symbol = kBtc;
    made.id = TradeId{id};
    made.origin = origin;
    made.traded_at = made.received_at = at(now).utc;
    return made;
  }
};

TEST(Doubts, HoldAnIdFarAheadAndRejectItByTheNewestIdOfRest) {
  Tape tape{9};
  tape.run(10, 20);
  EXPECT_EQ(tape.live(kFar), Verdict::kSuspect);
  tape.answer(1, 20);
  ASSERT_EQ(tape.continuity.implausible().size(), 1U);
  EXPECT_EQ(tape.continuity.implausible()[0].id, TradeId{kFar});
  tape.run(21, 30);
  EXPECT_EQ(tape.expected(), 31U) << "the tape goes on";
  EXPECT_EQ(tape.continuity.holes(), 0U);
  EXPECT_THAT(tape.continuity.gap_pieces(), IsEmpty());
}

TEST(Doubts, RejectAnIdFarAheadThatNothingConfirmsInTime) {
  Tape tape{9};
  tape.run(10, 20);
  (void)tape.live(kFar);
  (void)tape.live(kFar);  // the same frame twice is one source
  tape.run(21, 79);
  EXPECT_EQ(tape.continuity.counts().implausible, 0U);
  tape.run(80, 82);
  EXPECT_EQ(tape.continuity.counts().implausible, 1U);
  EXPECT_EQ(tape.continuity.counts().gaps_declared, 0U);
  EXPECT_EQ(tape.expected(), 83U);
}

TEST(Doubts, BelieveAJumpThatAnotherConnectionConfirms) {
  Tape tape{9};
  tape.run(10, 20);
  EXPECT_EQ(tape.live(500'000, kFirst), Verdict::kSuspect);
  EXPECT_EQ(tape.continuity.holes(), 0U);
  (void)tape.live(500'001, kSecond);
  EXPECT_EQ(tape.continuity.waiting(), 2U);
  EXPECT_EQ(tape.continuity.sequencer().hole(kBtc)->missing.last, TradeId{499'999});
}

TEST(Doubts, BelieveAJumpThatRestConfirms) {
  Tape tape{9};
  tape.run(10, 20);
  (void)tape.live(500'000);
  tape.answer(499'500, 500'499);
  EXPECT_EQ(tape.continuity.sequencer().hole(kBtc)->missing.last, TradeId{499'499});
  EXPECT_THAT(tape.continuity.implausible(), IsEmpty());
}

TEST(Doubts, BelieveAJumpBehindWhichManyTradesFollow) {
  Tape tape{9};
  for (std::uint64_t id = 500'000; id < 500'015; ++id) {
    EXPECT_EQ(tape.live(id), Verdict::kSuspect);
  }
  (void)tape.live(500'015);
  EXPECT_EQ(tape.continuity.waiting(), 16U);
}

TEST(Doubts, BelieveWhatTheRateOfTheSymbolExplains) {
  Tape tape{9};
  std::uint64_t id = 10;
  for (int second = 0; second < 5; ++second) {
    for (int one = 0; one < 1'000; ++one) (void)tape.live(id++);
    tape.now += seconds{1};
    (void)tape.tick();
  }
  tape.now += seconds{30};
  EXPECT_EQ(tape.live(id + 30'000), Verdict::kWaiting);
}

TEST(Doubts, HoldARowOfRestThatStandsAloneFarAhead) {
  Tape tape{9};
  auto const look = tape.tick();
  ASSERT_EQ(look.size(), 1U);
  Trade row;
  row.symbol = kBtc;
  row.origin = Origin::kRest;
  std::vector<Trade> rows(3, row);
  rows[0].id = TradeId{10};
  rows[1].id = TradeId{11};
  rows[2].id = TradeId{kFar};
  tape.continuity.on_rest_rows(look[0].id, rows, at({}));
  EXPECT_THAT(tape.ids(), ElementsAre(10, 11));
  EXPECT_EQ(tape.continuity.holes(), 0U);
  EXPECT_EQ(tape.continuity.counts().implausible, 1U);
}

TEST(Doubts, DoNotBeginATapeWithAnIdThatNoExchangeHasReached) {
  Tape tape{std::nullopt};
  EXPECT_EQ(tape.live((std::uint64_t{1} << 63U) - 1), Verdict::kSuspect);
  tape.answer(90, 100);
  EXPECT_EQ(tape.continuity.counts().implausible, 1U);
  EXPECT_THAT(tape.ids(), IsEmpty()) << "no past is fetched for a tape that has not begun";
  EXPECT_EQ(tape.live(101), Verdict::kAccepted);
  EXPECT_EQ(tape.expected(), 102U);
}

TEST(Doubts, DoNotLetARefusedTradeMoveTheEdgeFarAhead) {
  Tape tape{9};
  tape.run(10, 20);
  tape.continuity.set_admission(false);
  (void)tape.live(kFar);
  tape.continuity.set_admission(true);
  EXPECT_EQ(tape.continuity.holes(), 0U);
}

TEST(Doubts, HaltATapeWhoseIdsStartOverOnceRestConfirmsIt) {
  Tape tape{499'999};
  tape.run(500'000, 500'019);
  EXPECT_EQ(tape.ids().size(), 20U);
  tape.now += seconds{10};
  EXPECT_EQ(tape.live(1), Verdict::kBelow);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 0U) << "one trade is no proof";
  tape.answer(1, 1);
  ASSERT_EQ(tape.continuity.restarted_tapes().size(), 1U);
  EXPECT_EQ(tape.continuity.restarted_tapes()[0].expected, TradeId{500'020});
  EXPECT_EQ(tape.continuity.restarted_tapes()[0].seen, TradeId{1});
  EXPECT_EQ(tape.live(500'020), Verdict::kIgnored) << "the new tape passes the old end";
  EXPECT_EQ(tape.expected(), 500'020U);
  EXPECT_THAT(tape.ids(), IsEmpty());
}

TEST(Doubts, HaltATapeWhoseIdsStartOverAlsoWithoutRest) {
  Tape tape{499'999};
  tape.run(500'000, 500'019);
  tape.now += seconds{10};
  tape.run(1, 15);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 0U);
  tape.run(16, 16);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 1U);
}

TEST(Doubts, TakeNoRepetitionForARestart) {
  Tape tape{9};
  tape.run(10, 40);
  for (std::uint64_t id = 10; id <= 40; ++id) {
    Trade again;
    again.symbol = kBtc;
    again.id = TradeId{id};
    again.traded_at = at(seconds{id - 9}).utc;
    EXPECT_EQ(tape.continuity.on_trade(again, at(tape.now).mono, kSecond), Verdict::kDuplicate);
  }
  EXPECT_EQ(tape.continuity.counts().duplicates, 31U);
}

TEST(Doubts, TakeARestartBackWhenRestStillHasTheTape) {
  Tape tape{9};
  tape.run(10, 40);
  tape.now += seconds{10};
  EXPECT_EQ(tape.live(20), Verdict::kBelow) << "a frame with a wrong time";
  tape.answer(1, 40);
  tape.run(41, 60);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 0U);
  EXPECT_EQ(tape.expected(), 61U);
}

TEST(Doubts, HaltATapeWhosePositionTheExchangeNeverReached) {
  Tape tape{37'356'832'590'000};
  (void)tape.tick();
  tape.run(1, 59);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 0U) << "another process may have been ahead";
  tape.run(60, 70);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 1U);
}

TEST(Doubts, WaitForConnectionsThatAreBehindWhatAnotherProcessBrought) {
  Tape tape{50};
  (void)tape.tick();
  tape.run(1, 60);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 0U);
  EXPECT_EQ(tape.expected(), 61U);
}

TEST(Doubts, CarryARestartedSymbolAnewWhenItIsRestored) {
  Tape tape{499'999};
  tape.run(500'000, 500'019);
  tape.now += seconds{10};
  tape.run(1, 16);
  ASSERT_EQ(tape.continuity.tapes_restarted(), 1U);
  tape.continuity.remove_symbol(kBtc);
  tape.continuity.restore_symbol(kBtc, TradeId{16}, {}, at(tape.now).mono);
  EXPECT_EQ(tape.continuity.tapes_restarted(), 0U);
  EXPECT_EQ(tape.live(17), Verdict::kAccepted);
}

}  // namespace
}  // namespace k2::flow
