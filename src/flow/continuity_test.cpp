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
  return {.quiet = {.silence_min = std::chrono::hours{24},
                    .recheck_max = std::chrono::hours{24},
                    .look_at_start = false}};
}

/// Options without idle probes that wait for missing ids without a limit.
ContinuityOptions patient() {
  ContinuityOptions options = without_looks();
  options.gap_patience = std::chrono::hours{24};
  return options;
}

/// One symbol whose tape is at 9, as the shard drives it.
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

TEST(Continuity, CountsFetchedTradesAlsoWhenTheyHadToWait) {
  Dialogue dialogue;
  (void)dialogue.hole_before(15);
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(12, 14), at(milliseconds{150}));
  EXPECT_THAT(dialogue.ids(), IsEmpty());
  dialogue.continuity.on_trade(trade(10), at(milliseconds{160}).mono);
  dialogue.continuity.on_trade(trade(11), at(milliseconds{160}).mono);
  EXPECT_THAT(dialogue.ids(), ElementsAre(10, 11, 12, 13, 14, 15));
  EXPECT_EQ(dialogue.continuity.counts().backfilled, 3U);
}

TEST(Continuity, AsksForTheNextPagesBeforeTheFirstHasComeAndKeepsTheirOrder) {
  Dialogue dialogue;
  EXPECT_THAT(dialogue.hole_before(2'500),
              ElementsAre(RestRequest{RequestId{1}, kBtc, RestSource::kHistorical, TradeId{10}},
                          RestRequest{RequestId{2}, kBtc, RestSource::kHistorical, TradeId{1'010}},
                          RestRequest{RequestId{3}, kBtc, RestSource::kRecent, TradeId{2'010}}));
  dialogue.continuity.on_rest_rows(RequestId{3}, rows(1'501, 2'500), at(milliseconds{200}));
  dialogue.continuity.on_rest_rows(RequestId{2}, rows(1'010, 2'009), at(milliseconds{200}));
  EXPECT_THAT(dialogue.ids(), IsEmpty());
  dialogue.continuity.on_rest_rows(RequestId{1}, rows(10, 1'009), at(milliseconds{300}));
  auto const accepted = dialogue.ids();
  ASSERT_EQ(accepted.size(), 2'491U);
  EXPECT_EQ(accepted.front(), 10U);
  EXPECT_EQ(accepted.back(), 2'500U);
  EXPECT_TRUE(std::is_sorted(accepted.begin(), accepted.end()));
  EXPECT_EQ(dialogue.continuity.holes(), 1U) << "until the next tick";
  EXPECT_THAT(dialogue.tick(at(milliseconds{300})), IsEmpty());
  EXPECT_EQ(dialogue.continuity.holes(), 0U);
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

/// Returns the final state of 10..12 when the database shows these rows permanently.
GapPiece look_until_given_up(std::vector<Trade> const& shown) {
  Dialogue dialogue{without_looks(), {{TradeId{10}, TradeId{12}}}};
  std::size_t looks = 0;
  for (auto now = milliseconds{0}; now < minutes{4}; now += milliseconds{500}) {
    for (RestRequest const& request : dialogue.tick(at(now))) {
      ++looks;
      EXPECT_EQ(request.from, TradeId{looks == 1 ? 10U : 9U}) << "then one earlier";
      dialogue.continuity.on_rest_rows(request.id, shown, at(now));
    }
    if (dialogue.continuity.gap_pieces().empty()) continue;
    EXPECT_GE(now, minutes{2});
    EXPECT_EQ(looks, 2U);
    EXPECT_EQ(dialogue.continuity.gap_pieces().size(), 1U);
    EXPECT_THAT(dialogue.tick(at(std::chrono::hours{1})), IsEmpty());
    return dialogue.continuity.gap_pieces()[0];
  }
  return {};
}

TEST(Continuity, GoesPastAnIdThatTheRecordCannotHoldAtOnce) {
  Dialogue dialogue;
  (void)dialogue.hole_before(15);
  auto before = rows(10, 11);
  auto const behind = rows(13, 15);
  before.insert(before.end(), behind.begin(), behind.end());
  std::vector<TradeId> const unusable{TradeId{12}};
  auto const now = at(milliseconds{150});
  dialogue.continuity.on_rest_rows(RequestId{1}, before, now, unusable);
  EXPECT_THAT(dialogue.ids(), ElementsAre(10, 11, 13, 14, 15));
  GapPiece closed = piece(12, 12, GapState::kVenue, now);
  closed.why = GapWhy::kUnrepresentable;
  EXPECT_THAT(dialogue.continuity.gap_pieces(),
              ElementsAre(piece(12, 12, GapState::kOpen, now), closed));
  EXPECT_EQ(dialogue.continuity.counts().ids_declared, 1U);
  EXPECT_THAT(dialogue.tick(at(milliseconds{200})), IsEmpty()) << "nobody asks for it again";
}

TEST(Continuity, ClosesAnIdOfADeclaredGapThatTheRecordCannotHold) {
  Dialogue dialogue{without_looks(), {{TradeId{3}, TradeId{5}}}};
  auto const requests = dialogue.tick(at({}));
  ASSERT_EQ(requests.size(), 1U);
  std::vector<Trade> const come{trade(3, Origin::kRest), trade(5, Origin::kRest)};
  std::vector<TradeId> const unusable{TradeId{4}};
  dialogue.continuity.on_rest_rows(requests[0].id, come, at({}), unusable);
  EXPECT_THAT(dialogue.ids(), ElementsAre(3, 5));
  ASSERT_FALSE(dialogue.continuity.gap_pieces().empty());
  EXPECT_EQ(dialogue.continuity.gap_pieces().back().why, GapWhy::kUnrepresentable);
  EXPECT_EQ(dialogue.continuity.gap_pieces().back().range, (IdRange{TradeId{4}, TradeId{4}}));
  EXPECT_THAT(dialogue.continuity.sequencer().open_gaps(kBtc), IsEmpty());
}

TEST(Continuity, CallsIdsTheVenuesOnlyWhenItLacksThemTwiceMinutesApart) {
  auto shown = rows(13, 20);
  shown.insert(shown.begin(), trade(9, Origin::kRest));
  GapPiece const given_up = look_until_given_up(shown);
  EXPECT_EQ(given_up.range, (IdRange{TradeId{10}, TradeId{12}}));
  EXPECT_EQ(given_up.state, GapState::kVenue);
  EXPECT_EQ(given_up.why, GapWhy::kVenue);
}

TEST(Continuity, TellsIdsThatAreNoLongerKeptFromThoseThatNeverWere) {
  GapPiece const given_up = look_until_given_up(rows(13, 20));
  EXPECT_EQ(given_up.range, (IdRange{TradeId{10}, TradeId{12}}));
  EXPECT_EQ(given_up.state, GapState::kVenue);
  EXPECT_EQ(given_up.why, GapWhy::kRetention);
  EXPECT_EQ(gap_why_text(given_up.why), "no longer kept by the exchange");
}

TEST(Continuity, NeverTakesTheLaggingTailForIdsThatTheExchangeLacks) {
  Dialogue dialogue{without_looks(), {{TradeId{10}, TradeId{12}}}};
  std::size_t looks = 0;
  for (auto now = seconds{0}; now < std::chrono::hours{2}; now += seconds{1}) {
    for (RestRequest const& request : dialogue.tick(at(now))) {
      ++looks;
      dialogue.continuity.on_rest_rows(request.id, rows(5, 9), at(now));
    }
  }
  EXPECT_THAT(dialogue.continuity.gap_pieces(), IsEmpty());
  EXPECT_GE(looks, 12U);
  EXPECT_LE(looks, 30U) << "no weight is burned";
}

TEST(Continuity, StandsStillWhenTheExchangeAsksForAPause) {
  Dialogue dialogue{patient()};
  (void)dialogue.hole_before(1'000);
  dialogue.continuity.on_rest_error(RequestId{1}, Error{Errc::kRateLimited}, seconds{90},
                                    at(seconds{1}));
  EXPECT_THAT(dialogue.tick(at(seconds{90})), IsEmpty());
  EXPECT_EQ(dialogue.tick(at(seconds{91})).size(), 1U);
}

TEST(Continuity, AsksNothingForALongWhileWhereItIsNotServed) {
  Dialogue dialogue{patient()};
  (void)dialogue.hole_before(1'000);
  dialogue.continuity.on_rest_error(RequestId{1}, Error{Errc::kRefusedByRegion}, {}, at({}));
  for (auto now = seconds{1}; now < minutes{5}; now += seconds{1}) {
    ASSERT_THAT(dialogue.tick(at(now)), IsEmpty()) << now.count();
  }
  EXPECT_EQ(dialogue.tick(at(minutes{5})).size(), 1U);
}

TEST(Continuity, DeclaresInTimeWhenTheExchangeAsksForALongPause) {
  Dialogue dialogue;
  dialogue.continuity.budget().block(minutes{10}, at({}));
  EXPECT_THAT(dialogue.hole_before(1'000), IsEmpty());
  (void)dialogue.tick(at(seconds{59}));
  EXPECT_EQ(dialogue.continuity.counts().gaps_declared, 0U);
  EXPECT_THAT(dialogue.tick(at(seconds{60})), IsEmpty());
  EXPECT_EQ(dialogue.continuity.counts().gaps_declared, 1U);
}

TEST(Continuity, LooksAgainSoonWhenALookFailed) {
  ContinuityOptions options;
  Dialogue dialogue{options};
  auto const look = dialogue.tick(at({}));
  ASSERT_EQ(look.size(), 1U);
  dialogue.continuity.on_rest_error(look[0].id, Error{Errc::kTimeout}, {}, at(seconds{1}));
  EXPECT_THAT(dialogue.tick(at(seconds{5})), IsEmpty());
  EXPECT_EQ(dialogue.tick(at(seconds{6})).size(), 1U);
}

TEST(Continuity, LooksMoreAndMoreSeldomAtASymbolThatIsRefused) {
  Dialogue dialogue{{}};
  std::size_t looks = 0;
  for (auto now = seconds{0}; now < std::chrono::hours{6}; now += seconds{1}) {
    for (RestRequest const& request : dialogue.tick(at(now))) {
      ++looks;
      dialogue.continuity.on_rest_refused(request.id, at(now));
    }
  }
  EXPECT_GE(looks, 12U);
  EXPECT_LE(looks, 18U);
}

TEST(Continuity, LooksAtEverySymbolInTurnWhenThereIsLittleWeight) {
  ContinuityOptions options;
  options.weight_per_minute = 300;
  Continuity continuity{options};
  constexpr std::uint32_t kSymbols = 30;
  for (std::uint32_t symbol = 0; symbol < kSymbols; ++symbol) {
    continuity.add_symbol(SymbolIndex{symbol}, TradeId{9}, {}, at({}).mono);
  }
  std::vector<std::size_t> looks(kSymbols);
  for (auto now = seconds{0}; now < minutes{10}; now += seconds{1}) {
    std::vector<RestRequest> requests;
    continuity.tick(at(now), requests);
    for (RestRequest const& request : requests) {
      ++looks[value(request.symbol)];
      continuity.on_rest_error(request.id, Error{Errc::kExchangeError}, {}, at(now));
      std::vector<Trade> const row{trade(9, Origin::kRest)};
      continuity.on_rest_rows(request.id, row, at(now));
    }
  }
  for (std::size_t symbol = 0; symbol < kSymbols; ++symbol) EXPECT_GE(looks[symbol], 1U) << symbol;
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

TEST(Continuity, LooksAtOnceAtASymbolThatStandsFarBehind) {
  ContinuityOptions options;
  options.quiet.look_at_start = true;
  Dialogue dialogue{options};
  auto const look = dialogue.tick(at({}));
  ASSERT_EQ(look.size(), 1U);
  EXPECT_EQ(look[0].source, RestSource::kRecent);
  dialogue.continuity.on_rest_rows(look[0].id, rows(90'001, 91'000), at(milliseconds{50}));
  auto const repair = dialogue.tick(at(milliseconds{50}));
  ASSERT_EQ(repair.size(), 6U);
  EXPECT_EQ(repair[0].from, TradeId{10});
  EXPECT_EQ(repair[5].from, TradeId{5'010});
}

TEST(Continuity, KnowsNothingOfARemovedSymbolUntilItIsRestored) {
  Dialogue dialogue;
  dialogue.continuity.on_trade(trade(13), at({}).mono);
  EXPECT_EQ(dialogue.continuity.waiting(), 1U);
  (void)dialogue.tick(at({}));
  auto const asked = dialogue.tick(at(milliseconds{100}));
  ASSERT_EQ(asked.size(), 1U);
  dialogue.continuity.remove_symbol(kBtc);
  EXPECT_EQ(dialogue.continuity.waiting(), 0U);
  EXPECT_EQ(dialogue.continuity.holes(), 0U);
  EXPECT_EQ(dialogue.continuity.on_trade(trade(14), at(seconds{1}).mono), Verdict::kIgnored);
  dialogue.continuity.on_rest_rows(asked[0].id, rows(10, 20), at(seconds{1}));
  for (auto now = seconds{1}; now < minutes{10}; now += seconds{1}) {
    EXPECT_THAT(dialogue.tick(at(now)), IsEmpty());
  }
  EXPECT_THAT(dialogue.ids(), IsEmpty());
  EXPECT_THAT(dialogue.continuity.gap_pieces(), IsEmpty());

  dialogue.continuity.restore_symbol(kBtc, TradeId{20}, {{TradeId{15}, TradeId{16}}},
                                     at(minutes{10}).mono);
  EXPECT_EQ(dialogue.continuity.on_trade(trade(16), at(minutes{10}).mono), Verdict::kLate);
  EXPECT_EQ(dialogue.continuity.on_trade(trade(21), at(minutes{10}).mono), Verdict::kAccepted);
  EXPECT_THAT(dialogue.ids(), ElementsAre(16, 21));
  auto const repair = dialogue.tick(at(minutes{10}));
  ASSERT_EQ(repair.size(), 1U);
  EXPECT_EQ(repair[0].from, TradeId{15});
}

TEST(Continuity, KeepsNothingOfARemovedSymbol) {
  ContinuityOptions options = without_looks();
  options.audit.enabled = true;
  Dialogue dialogue{options};
  auto const asked = dialogue.hole_before(2'500);
  ASSERT_EQ(asked.size(), 3U);
  dialogue.continuity.on_rest_rows(asked[1].id, rows(1'010, 2'009), at(seconds{1}));
  EXPECT_EQ(dialogue.continuity.shelved(), 1U);
  dialogue.continuity.remove_symbol(kBtc);
  EXPECT_EQ(dialogue.continuity.shelved(), 0U);
  dialogue.continuity.on_rest_rows(asked[0].id, rows(10, 1'009), at(seconds{1}));
  dialogue.continuity.on_rest_error(asked[2].id, Error{Errc::kTimeout}, {}, at(seconds{1}));
  MinuteKline const minute{kBtc, UtcTime{seconds{1'700'000'040}}, IdRange{TradeId{10}, TradeId{13}},
                           4, true};
  dialogue.continuity.on_kline(minute, at(seconds{2}));
  EXPECT_THAT(dialogue.tick(at(seconds{5})), IsEmpty());
  EXPECT_TRUE(dialogue.continuity.minute_verdicts().empty());
  EXPECT_THAT(dialogue.ids(), IsEmpty());
}

TEST(Continuity, HealsWhatOnlyAKlineKnows) {
  ContinuityOptions options = without_looks();
  options.audit.enabled = true;
  Dialogue dialogue{options};
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  MinuteKline const minute{kBtc, UtcTime{seconds{1'700'000'040}}, IdRange{TradeId{10}, TradeId{13}},
                           4, true};
  dialogue.continuity.on_kline(minute, at(seconds{60}));
  EXPECT_THAT(dialogue.tick(at(seconds{62})), IsEmpty());
  (void)dialogue.tick(at(seconds{63}));
  auto const repair = dialogue.tick(at(milliseconds{63'100}));
  ASSERT_EQ(repair.size(), 1U);
  dialogue.continuity.on_rest_rows(repair[0].id, rows(1, 13), at(seconds{64}));
  EXPECT_THAT(dialogue.ids(), ElementsAre(10, 11, 12, 13));
  (void)dialogue.tick(at(seconds{65}));
  ASSERT_EQ(dialogue.continuity.minute_verdicts().size(), 1U);
  EXPECT_EQ(dialogue.continuity.minute_verdicts()[0].result, MinuteResult::kComplete);
  EXPECT_EQ(dialogue.continuity.audit_counts().complete, 1U);
}

TEST(Continuity, CallsAStreamDeadWhoseTradesOnlyRestBrings) {
  Dialogue dialogue{{}};
  dialogue.continuity.on_trade(trade(10), at({}).mono);
  std::uint64_t id = 10;
  int looks = 0;
  for (auto now = seconds{1}; dialogue.continuity.dead_streams().empty(); now += seconds{1}) {
    ASSERT_LT(now, minutes{2});
    for (RestRequest const& request : dialogue.tick(at(now))) {
      ++looks;
      id += 3;
      dialogue.continuity.on_rest_rows(request.id, rows(10, id), at(now));
    }
  }
  EXPECT_THAT(dialogue.continuity.dead_streams(), ElementsAre(kBtc));
  EXPECT_EQ(looks, 2) << "one for the first sight, one for the second";
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
