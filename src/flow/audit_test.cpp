#include "flow/audit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::flow {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::IsEmpty;
using testing::SizeIs;

constexpr SymbolIndex kBtc{0};
constexpr UtcTime kNoon{seconds{1'700'000'040}};

MonoTime at(std::chrono::nanoseconds since_noon) {
  return MonoTime{std::chrono::hours{1}} + since_noon;
}

MinuteKline kline(int minute, std::optional<IdRange> trades, std::uint64_t count) {
  return {kBtc, kNoon + minutes{minute}, trades, count, true};
}

IdRange range(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

std::uint64_t nothing_known(SymbolIndex /*symbol*/, IdRange /*ids*/) {
  return 0;
}

/// An audit of one symbol whose tape goes on with id 100.
struct Minutes {
  explicit Minutes(std::optional<TradeId> next = TradeId{100}, AuditOptions options = {})
      : audit(options) {
    audit.add_symbol(kBtc, next);
  }
  void accept(std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t id = first; id <= last; ++id) {
      Trade trade;
      trade.symbol = kBtc;
      trade.id = TradeId{id};
      audit.accepted(trade);
    }
  }
  /// The verdicts up to then, with their seconds.
  MinuteVerdict judged_at(std::chrono::nanoseconds due) {
    audit.tick(at(due - std::chrono::milliseconds{1}), nothing_known);
    EXPECT_THAT(audit.verdicts(), IsEmpty()) << "too early";
    audit.tick(at(due), nothing_known);
    EXPECT_THAT(audit.verdicts(), SizeIs(1));
    if (audit.verdicts().empty()) return {};
    MinuteVerdict const verdict = audit.verdicts().front();
    audit.verdicts().clear();
    return verdict;
  }

  Audit audit;
};

TEST(Audit, ProvesAMinuteSecondsAfterItsKlineClosed) {
  Minutes minutes;
  minutes.accept(100, 199);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  EXPECT_EQ(minutes.audit.next_deadline(), at(seconds{3}));
  auto const verdict = minutes.judged_at(seconds{3});
  EXPECT_EQ(verdict.result, MinuteResult::kComplete);
  EXPECT_EQ(verdict.open_at, kNoon);
  EXPECT_EQ(verdict.published, 100U);
  EXPECT_EQ(verdict.accepted, 100U);
  EXPECT_EQ(minutes.audit.counts().complete, 1U);
  EXPECT_EQ(minutes.audit.next_deadline(), MonoTime::max());
}

TEST(Audit, TellsWhatIsMissingOnlyWhenItsPatienceEnds) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.accept(153, 199);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  auto const verdict = minutes.judged_at(seconds{180});
  EXPECT_EQ(verdict.result, MinuteResult::kIncomplete);
  EXPECT_EQ(verdict.published, 100U);
  EXPECT_EQ(verdict.accepted, 97U);
  EXPECT_EQ(verdict.missing, range(150, 152));
  EXPECT_EQ(minutes.audit.counts().incomplete, 1U);
  EXPECT_EQ(minutes.audit.counts().complete, 0U);
}

TEST(Audit, WaitsForIdsThatAreKnownToBeMissingHoweverLongTheirRepairTakes) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  auto const knows = [](std::uint64_t count) {
    return [count](SymbolIndex /*symbol*/, IdRange /*ids*/) { return count; };
  };
  for (int second = 3; second < 1'000; ++second) {
    minutes.audit.tick(at(seconds{second}), knows(50));
  }
  EXPECT_THAT(minutes.audit.verdicts(), IsEmpty());
  minutes.accept(150, 199);
  minutes.audit.tick(at(seconds{1'010}), knows(0));
  ASSERT_THAT(minutes.audit.verdicts(), SizeIs(1));
  EXPECT_EQ(minutes.audit.verdicts()[0].result, MinuteResult::kComplete);
}

TEST(Audit, CallsAMinuteIncompleteThatLacksMoreThanIsKnown) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  minutes.audit.tick(at(seconds{180}), [](SymbolIndex /*symbol*/, IdRange /*ids*/) { return 49U; });
  ASSERT_THAT(minutes.audit.verdicts(), SizeIs(1));
  EXPECT_EQ(minutes.audit.verdicts()[0].result, MinuteResult::kIncomplete);
}

TEST(Audit, HealsAMinuteOnceAllThatItLackedHasArrived) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.accept(153, 199);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{180}).result, MinuteResult::kIncomplete);
  minutes.accept(200, 299);
  minutes.audit.on_kline(kline(1, range(200, 299), 100), at(seconds{180}));
  EXPECT_EQ(minutes.judged_at(seconds{183}).result, MinuteResult::kComplete);
  minutes.accept(150, 151);
  EXPECT_THAT(minutes.audit.verdicts(), IsEmpty());
  minutes.audit.excuse(kBtc, TradeId{152});
  ASSERT_THAT(minutes.audit.verdicts(), SizeIs(1));
  EXPECT_EQ(minutes.audit.verdicts()[0].result, MinuteResult::kHealed);
  EXPECT_EQ(minutes.audit.verdicts()[0].open_at, kNoon);
  EXPECT_EQ(minutes.audit.verdicts()[0].accepted, 100U);
  EXPECT_EQ(minutes.audit.counts().incomplete, 1U) << "a counter never falls";
  EXPECT_EQ(minutes.audit.counts().healed, 1U);
  minutes.accept(150, 152);
  EXPECT_THAT(minutes.audit.verdicts(), SizeIs(1)) << "once";
}

TEST(Audit, HealsNothingByAnIdThatIsAcceptedTwice) {
  Minutes minutes;
  minutes.accept(100, 198);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  minutes.audit.on_kline(kline(1, range(200, 250), 51), at(seconds{60}));
  minutes.audit.tick(at(seconds{180}), nothing_known);
  ASSERT_THAT(minutes.audit.verdicts(), SizeIs(1));
  minutes.accept(200, 200);
  minutes.accept(200, 200);
  EXPECT_EQ(minutes.audit.counts().doubled, 1U);
  EXPECT_EQ(minutes.audit.counts().healed, 0U);
  minutes.accept(199, 199);
  EXPECT_EQ(minutes.audit.counts().healed, 1U);
}

TEST(Audit, RemembersAFewIncompleteMinutes) {
  Minutes minutes;
  for (int minute = 0; minute < 20; ++minute) {
    std::uint64_t const first = 100 + 10 * static_cast<std::uint64_t>(minute);
    minutes.accept(first + 1, first + 9);
    minutes.audit.on_kline(kline(minute, range(first, first + 9), 10), at(seconds{60 * minute}));
  }
  minutes.audit.tick(at(seconds{2'000}), nothing_known);
  EXPECT_EQ(minutes.audit.counts().incomplete, 20U);
  for (std::uint64_t first = 100; first < 300; first += 10) minutes.accept(first, first);
  EXPECT_EQ(minutes.audit.counts().healed, 16U) << "the newest";
}

TEST(Audit, ExcusesAnIdThatIsKnownNeverToCome) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.accept(151, 199);
  minutes.audit.excuse(kBtc, TradeId{150});
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kComplete);
}

TEST(Audit, TakesAMinuteForCompleteOnceItIsRepaired) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  minutes.audit.tick(at(seconds{3}), nothing_known);
  EXPECT_THAT(minutes.audit.verdicts(), IsEmpty());
  minutes.accept(150, 199);
  minutes.audit.tick(at(seconds{4}), nothing_known);
  ASSERT_THAT(minutes.audit.verdicts(), SizeIs(1));
  EXPECT_EQ(minutes.audit.verdicts()[0].result, MinuteResult::kComplete);
}

TEST(Audit, RevealsIdsThatTheTapeHasNotSeenOnce) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  for (int second = 3; second < 60; ++second)
    minutes.audit.tick(at(seconds{second}), nothing_known);
  ASSERT_THAT(minutes.audit.revealed(), SizeIs(1));
  EXPECT_EQ(minutes.audit.revealed()[0].ids, range(100, 199));
}

TEST(Audit, DoesNotJudgeTheMinuteInWhichItsTapeBegan) {
  Minutes minutes{std::nullopt};
  minutes.accept(150, 299);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kUnjudged);
  minutes.audit.on_kline(kline(1, range(200, 299), 100), at(seconds{60}));
  EXPECT_EQ(minutes.judged_at(seconds{63}).result, MinuteResult::kComplete);
  EXPECT_EQ(minutes.audit.counts().unjudged, 1U);
}

TEST(Audit, FindsATapeThatNeverBeganAlthoughItsSymbolTrades) {
  Minutes minutes{std::nullopt};
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kUnjudged);
  minutes.audit.on_kline(kline(1, range(200, 204), 5), at(seconds{60}));
  minutes.audit.tick(at(seconds{63}), nothing_known);
  ASSERT_THAT(minutes.audit.revealed(), SizeIs(1));
  EXPECT_EQ(minutes.audit.revealed()[0].ids, range(200, 204));
  minutes.accept(200, 204);
  EXPECT_EQ(minutes.judged_at(seconds{64}).result, MinuteResult::kComplete);
}

TEST(Audit, BelievesTheCountWhenTheExchangeItselfLacksIds) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.accept(153, 199);
  minutes.audit.on_kline(kline(0, range(100, 199), 97), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kComplete);
}

TEST(Audit, DoesNotJudgeByAKlineThatContradictsItself) {
  Minutes minutes;
  minutes.accept(100, 199);
  minutes.audit.on_kline(kline(0, range(100, 199), 101), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kUnjudged);
  minutes.audit.on_kline(kline(1, range(200, 1'000'000'000'000), 5), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kUnjudged);
  EXPECT_THAT(minutes.audit.revealed(), IsEmpty());
}

TEST(Audit, TakesAnIdleMinuteForComplete) {
  Minutes minutes;
  minutes.audit.on_kline(kline(0, std::nullopt, 0), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kComplete);
}

TEST(Audit, JudgesAMinuteOnceHoweverOftenItIsTold) {
  Minutes minutes;
  minutes.accept(100, 299);
  for (int line = 0; line < 3; ++line) {
    minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  }
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kComplete);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at(seconds{5}));
  minutes.audit.on_kline(kline(1, range(200, 299), 100), at(seconds{60}));
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at(seconds{60}));
  EXPECT_EQ(minutes.judged_at(seconds{63}).open_at, kNoon + std::chrono::minutes{1});
  EXPECT_EQ(minutes.audit.counts().complete, 2U);
}

TEST(Audit, JudgesALaterMinuteWhileAnEarlierOneWaits) {
  Minutes minutes;
  minutes.accept(101, 299);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  minutes.audit.tick(at(seconds{3}), nothing_known);
  minutes.audit.on_kline(kline(1, range(200, 299), 100), at(seconds{60}));
  EXPECT_EQ(minutes.judged_at(seconds{63}).open_at, kNoon + std::chrono::minutes{1});
  minutes.accept(100, 100);
  minutes.audit.tick(at(seconds{64}), nothing_known);
  EXPECT_EQ(minutes.audit.counts().complete, 2U);
}

TEST(Audit, CountsWhatWasAcceptedTwice) {
  Minutes minutes;
  minutes.accept(100, 120);
  minutes.accept(115, 116);
  EXPECT_EQ(minutes.audit.counts().doubled, 2U);
}

TEST(Audit, KeepsItsMemoryMinuteAfterMinute) {
  Minutes minutes;
  std::size_t after_ten = 0;
  for (std::uint64_t minute = 0; minute < 1'000; ++minute) {
    std::uint64_t const first = 100 + minute * 600;
    minutes.accept(first, first + 599);
    minutes.audit.on_kline(kline(static_cast<int>(minute), range(first, first + 599), 600),
                           at(std::chrono::minutes{minute}));
    minutes.audit.tick(at(std::chrono::minutes{minute} + seconds{3}), nothing_known);
    if (minute == 10) after_ten = minutes.audit.window_bytes();
  }
  EXPECT_EQ(minutes.audit.counts().complete, 1'000U);
  EXPECT_EQ(minutes.audit.window_bytes(), after_ten);
  EXPECT_LE(after_ten, 256U);
}

TEST(Audit, ForgetsTheOldestWhenNoKlineEverComes) {
  Minutes minutes{TradeId{100}, {.ids_per_symbol_max = 4'096}};
  minutes.accept(100, 20'000);
  EXPECT_LE(minutes.audit.window_bytes(), 512U);
  minutes.audit.on_kline(kline(0, range(100, 20'000), 19'901), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kUnjudged);
}

TEST(Audit, BoundsTheMemoryOfAllSymbolsTogether) {
  Minutes minutes{TradeId{0}, {.window_bytes_max = 1'024}};
  minutes.audit.add_symbol(SymbolIndex{1}, TradeId{0});
  for (std::uint64_t id = 0; id < 50'000; ++id) {
    Trade trade;
    trade.id = TradeId{id};
    trade.symbol = SymbolIndex{static_cast<std::uint32_t>(id % 2)};
    minutes.audit.accepted(trade);
    ASSERT_LE(minutes.audit.window_bytes(), 1'024U + 64U);
  }
}

TEST(Audit, ForgetsARemovedSymbolAndBeginsAnew) {
  Minutes minutes;
  minutes.accept(100, 149);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  minutes.audit.remove_symbol(kBtc);
  EXPECT_EQ(minutes.audit.window_bytes(), 0U);
  minutes.audit.on_kline(kline(1, range(200, 299), 100), at(seconds{60}));
  minutes.audit.tick(at(seconds{300}), nothing_known);
  EXPECT_THAT(minutes.audit.verdicts(), IsEmpty());
  minutes.audit.restore_symbol(kBtc, TradeId{150});
  minutes.accept(150, 299);
  minutes.audit.on_kline(kline(0, range(100, 199), 100), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kUnjudged);
  minutes.audit.on_kline(kline(1, range(200, 299), 100), at({}));
  EXPECT_EQ(minutes.judged_at(seconds{3}).result, MinuteResult::kComplete);
}

}  // namespace
}  // namespace k2::flow
