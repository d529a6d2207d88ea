#include "flow/continuity.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr SymbolIndex kBtc{0};

Now at(std::chrono::nanoseconds since_start) {
  return {MonoTime{seconds{100}} + since_start,
          UtcTime{seconds{1'700'000'040}} +
              std::chrono::duration_cast<std::chrono::microseconds>(since_start)};
}

Trade trade(std::uint64_t id, Origin origin = Origin::kStream) {
  Trade made;
  made.symbol = kBtc;
  made.id = TradeId{id};
  made.origin = origin;
  return made;
}

std::vector<Trade> rows(std::uint64_t first, std::uint64_t last) {
  std::vector<Trade> made;
  for (std::uint64_t id = first; id <= last; ++id) made.push_back(trade(id, Origin::kRest));
  return made;
}

GapPiece piece(std::uint64_t first, std::uint64_t last, GapState state, Now now) {
  return {kBtc, {TradeId{first}, TradeId{last}}, state, now.utc};
}

/// Without looks at quiet symbols, where a test is not about them.
ContinuityOptions without_looks() {
  return {.quiet = {.silence_min = std::chrono::hours{24}, .recheck_max = std::chrono::hours{24}}};
}

/// Without looks, and waiting for missing ids for ever.
ContinuityOptions patient() {
  ContinuityOptions options = without_looks();
  options.gap_patience = std::chrono::hours{24};
  return options;
}

/// One symbol whose tape stands at 9, as the shard drives it.
struct Dialogue {
  explicit Dialogue(ContinuityOptions options = without_looks(), std::vector<IdRange> gaps = {})
      : continuity(options) {
    continuity.add_symbol(kBtc, TradeId{9}, std::move(gaps), at({}).mono);
  }
  std::vector<RestRequest> tick(Now now) {
    std::vector<RestRequest> requests;
    continuity.tick(now, requests);
    return requests;
  }
  std::vector<std::uint64_t> ids() {
    std::vector<std::uint64_t> made;
    for (Trade const& one : continuity.accepted()) made.push_back(value(one.id));
    continuity.accepted().clear();
    return made;
  }
  /// Takes `id` from the line and lets its hole be called.
  std::vector<RestRequest> hole_before(std::uint64_t id) {
    continuity.on_trade(trade(id), at({}).mono);
    (void)tick(at({}));
    return tick(at(milliseconds{100}));
  }

  Continuity continuity;
};

TEST(Continuity, LooksForASmallHoleInTheNewestTrades) {
  Dialogue dialogue;
  EXPECT_THAT(dialogue.hole_before(13),
              ElementsAre(RestRequest{RequestId{1}, kBtc, RestSource::kRecent, TradeId{10}}));
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(1, 14), at(milliseconds{150}));
  EXPECT_THAT(dialogue.ids(), ElementsAre(10, 11, 12, 13, 14));
  EXPECT_EQ(dialogue.continuity.counts().backfilled, 4U);
  EXPECT_THAT(dialogue.tick(at(milliseconds{170})), IsEmpty());
}

TEST(Continuity, AsksForAPageAfterAnotherUntilItMeetsTheLiveEdge) {
  Dialogue dialogue;
  EXPECT_THAT(dialogue.hole_before(2'500),
              ElementsAre(RestRequest{RequestId{1}, kBtc, RestSource::kHistorical, TradeId{10}}));
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(10, 1'009), at(milliseconds{200}));
  EXPECT_THAT(
      dialogue.tick(at(milliseconds{200})),
      ElementsAre(RestRequest{RequestId{2}, kBtc, RestSource::kHistorical, TradeId{1'010}}));
  dialogue.continuity.on_rest_rows(RequestId{2}, rows(1'010, 2'009), at(milliseconds{300}));
  EXPECT_THAT(dialogue.tick(at(milliseconds{300})),
              ElementsAre(RestRequest{RequestId{3}, kBtc, RestSource::kRecent, TradeId{2'010}}));
  dialogue.continuity.on_rest_rows(RequestId{3}, rows(1'501, 2'500), at(milliseconds{400}));
  auto const accepted = dialogue.ids();
  ASSERT_EQ(accepted.size(), 2'491U);
  EXPECT_EQ(accepted.front(), 10U);
  EXPECT_EQ(accepted.back(), 2'500U);
  EXPECT_TRUE(std::is_sorted(accepted.begin(), accepted.end()));
}

TEST(Continuity, TurnsToTheDatabaseWhenTheNewestTradesDoNotReachBack) {
  Dialogue dialogue;
  (void)dialogue.hole_before(13);
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(12, 1'011), at(milliseconds{200}));
  EXPECT_THAT(dialogue.ids(), IsEmpty());
  EXPECT_THAT(dialogue.tick(at(milliseconds{200})),
              ElementsAre(RestRequest{RequestId{2}, kBtc, RestSource::kHistorical, TradeId{10}}));
}

TEST(Continuity, AsksAgainLaterAndLaterWhileRestFails) {
  Dialogue dialogue{patient()};
  (void)dialogue.hole_before(1'000);
  std::vector<std::chrono::nanoseconds> waits;
  auto now = milliseconds{100};
  for (std::uint64_t request = 1; request <= 9; ++request) {
    dialogue.continuity.on_rest_error(RequestId{request}, Error{Errc::kConnectFailed}, {}, at(now));
    auto const failed = now;
    while (dialogue.tick(at(now)).empty()) now += milliseconds{100};
    waits.push_back(now - failed);
  }
  EXPECT_THAT(waits, ElementsAre(milliseconds{500}, seconds{1}, seconds{2}, seconds{4}, seconds{8},
                                 seconds{16}, seconds{30}, seconds{30}, seconds{30}));
}

TEST(Continuity, DeclaresAGapWhenItsPatienceEndsAndRepairsItBehind) {
  Dialogue dialogue;
  (void)dialogue.hole_before(1'000);
  dialogue.continuity.on_rest_error(RequestId{1}, Error{Errc::kTimeout}, {}, at(seconds{15}));
  auto const declared = at(seconds{60});
  auto const requests = dialogue.tick(declared);
  EXPECT_THAT(dialogue.ids(), ElementsAre(1'000));
  EXPECT_THAT(dialogue.continuity.gap_pieces(),
              ElementsAre(piece(10, 999, GapState::kOpen, declared)));
  EXPECT_EQ(dialogue.continuity.counts().ids_declared, 990U);
  dialogue.continuity.gap_pieces().clear();
  ASSERT_THAT(requests,
              ElementsAre(RestRequest{RequestId{2}, kBtc, RestSource::kHistorical, TradeId{10}}));
  auto const repaired = at(seconds{61});
  dialogue.continuity.on_rest_rows(RequestId{2}, rows(10, 500), repaired);
  EXPECT_EQ(dialogue.continuity.counts().late, 491U);
  EXPECT_TRUE(dialogue.continuity.accepted().back().late);
  EXPECT_THAT(dialogue.continuity.gap_pieces(),
              ElementsAre(piece(10, 500, GapState::kRepaired, repaired),
                          piece(501, 999, GapState::kOpen, repaired)));
  dialogue.continuity.gap_pieces().clear();
  ASSERT_EQ(dialogue.tick(repaired).size(), 1U);
  dialogue.continuity.on_rest_rows(RequestId{3}, rows(501, 1'500), repaired);
  EXPECT_THAT(dialogue.continuity.gap_pieces(),
              ElementsAre(piece(501, 999, GapState::kRepaired, repaired)));
  EXPECT_THAT(dialogue.tick(repaired), IsEmpty());
}

TEST(Continuity, RecordsALineThatFillsADeclaredGap) {
  Dialogue dialogue{without_looks(), {{TradeId{10}, TradeId{12}}}};
  dialogue.continuity.on_trade(trade(11), at({}).mono);
  EXPECT_THAT(dialogue.continuity.gap_pieces(),
              testing::UnorderedElementsAre(piece(10, 10, GapState::kOpen, {}),
                                            piece(12, 12, GapState::kOpen, {}),
                                            piece(11, 11, GapState::kRepaired, {})));
}

TEST(Continuity, CallsIdsTheVenuesOnlyWhenItLacksThemTwiceMinutesApart) {
  Dialogue dialogue{without_looks(), {{TradeId{10}, TradeId{12}}}};
  ASSERT_EQ(dialogue.tick(at({})).size(), 1U);
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(13, 20), at(seconds{1}));
  EXPECT_THAT(dialogue.continuity.gap_pieces(), IsEmpty());
  std::uint64_t request = 1;
  auto now = std::chrono::nanoseconds{seconds{1}};
  while (dialogue.continuity.gap_pieces().empty()) {
    now += milliseconds{500};
    ASSERT_LT(now, minutes{4});
    if (dialogue.tick(at(now)).empty()) continue;
    dialogue.continuity.on_rest_rows(RequestId{++request}, rows(13, 20), at(now));
  }
  EXPECT_GE(now, seconds{1} + minutes{2});
  EXPECT_THAT(dialogue.continuity.gap_pieces(),
              ElementsAre(piece(10, 12, GapState::kVenue, at(now))));
}

TEST(Continuity, StandsStillWhenTheExchangeAsksForAPause) {
  Dialogue dialogue{patient()};
  (void)dialogue.hole_before(1'000);
  dialogue.continuity.on_rest_error(RequestId{1}, Error{Errc::kRateLimited}, seconds{90},
                                    at(seconds{1}));
  EXPECT_THAT(dialogue.tick(at(seconds{90})), IsEmpty());
  EXPECT_EQ(dialogue.tick(at(seconds{91})).size(), 1U);
}

TEST(Continuity, AcceptsNothingWhileThereIsNoRoomAndFetchesItAfterwards) {
  Dialogue dialogue;
  dialogue.continuity.set_admission(false);
  for (std::uint64_t id = 10; id <= 19; ++id) {
    EXPECT_EQ(dialogue.continuity.on_trade(trade(id), at({}).mono), Verdict::kForgotten);
  }
  EXPECT_THAT(dialogue.ids(), IsEmpty());
  (void)dialogue.tick(at({}));
  EXPECT_THAT(dialogue.tick(at(seconds{1})), IsEmpty());
  dialogue.continuity.set_admission(true);
  ASSERT_EQ(dialogue.tick(at(seconds{2})).size(), 1U);
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(10, 19), at(seconds{2}));
  EXPECT_EQ(dialogue.ids().size(), 10U);
}

TEST(Continuity, LooksAtASymbolThatFellSilentAndFindsItsTail) {
  Dialogue dialogue{ContinuityOptions{}};
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  (void)dialogue.ids();
  std::vector<RestRequest> look;
  for (auto now = milliseconds{0}; look.empty(); now += milliseconds{500}) {
    ASSERT_LT(now, minutes{1});
    look = dialogue.tick(at(now));
  }
  EXPECT_EQ(look[0].source, RestSource::kRecent);
  dialogue.continuity.on_rest_rows(look[0].id, rows(1, 12), at(minutes{1}));
  EXPECT_THAT(dialogue.ids(), ElementsAre(11, 12));
}

TEST(Continuity, MakesNoStormOfLooksInAQuietMarket) {
  Dialogue dialogue{ContinuityOptions{}};
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  std::size_t looks = 0;
  for (auto now = seconds{0}; now < std::chrono::hours{2}; now += seconds{1}) {
    auto const requests = dialogue.tick(at(now));
    looks += requests.size();
    for (RestRequest const& request : requests) {
      dialogue.continuity.on_rest_rows(request.id, rows(1, 10), at(now));
    }
  }
  EXPECT_GE(looks, 5U);
  EXPECT_LE(looks, 12U);
}

TEST(Continuity, IgnoresTheAnswerToARequestThatNobodyMade) {
  Dialogue dialogue;
  dialogue.continuity.on_rest_rows(RequestId{77}, {}, at({}));
  dialogue.continuity.on_rest_error(RequestId{78}, Error{Errc::kTimeout}, {}, at({}));
  EXPECT_THAT(dialogue.tick(at({})), IsEmpty());
}

}  // namespace
}  // namespace k2::flow
