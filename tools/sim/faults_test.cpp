#include "tools/sim/faults.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array kSessions{SessionId{1}, SessionId{2}};

Faults faults_of(std::string_view text) {
  return {parse_faults(text).value(), 1};
}

std::vector<Strike> advance(Faults& faults, std::chrono::nanoseconds now, std::uint64_t trades) {
  std::vector<Strike> strikes;
  faults.advance(MonoTime{now}, trades, kSessions, strikes);
  return strikes;
}

TEST(Faults, DropAtATimeStrikesAllSessionsOnce) {
  auto faults = faults_of("drop at=5s how=fin");
  faults.start(MonoTime{100s});
  EXPECT_EQ(faults.next_deadline(), MonoTime{105s});
  EXPECT_THAT(advance(faults, 104s, 0), IsEmpty());
  EXPECT_THAT(advance(faults, 105s, 0), ElementsAre(Strike{SessionId{1}, DropKind::kEnd},
                                                    Strike{SessionId{2}, DropKind::kEnd}));
  EXPECT_THAT(advance(faults, 106s, 0), IsEmpty());
  EXPECT_EQ(faults.next_deadline(), std::nullopt);
}

TEST(Faults, DropAtATradeWaitsForThatTrade) {
  auto faults = faults_of("drop at-trade=10");
  faults.start(MonoTime{});
  EXPECT_FALSE(faults.due_by_trades(9));
  EXPECT_THAT(advance(faults, 1h, 9), IsEmpty());
  EXPECT_TRUE(faults.due_by_trades(10));
  EXPECT_EQ(advance(faults, 1h, 10).size(), 2U);
  EXPECT_FALSE(faults.due_by_trades(11));
}

TEST(Faults, OnOneStrikesASingleSession) {
  auto faults = faults_of("drop on=one");
  faults.start(MonoTime{});
  EXPECT_EQ(advance(faults, 0s, 0).size(), 1U);
}

TEST(Faults, RandomDropsComeAtTheMeanDistanceAndTheSameBySeed) {
  auto faults = faults_of("drop every=10s");
  auto again = faults_of("drop every=10s");
  faults.start(MonoTime{});
  again.start(MonoTime{});
  int hits = 0;
  for (auto now = 0s; now < 10'000s; now += 1s) {
    auto const strikes = advance(faults, now, 0);
    EXPECT_EQ(strikes, advance(again, now, 0));
    if (!strikes.empty()) ++hits;
  }
  EXPECT_GT(hits, 800);
  EXPECT_LT(hits, 1100);
}

TEST(Faults, RandomByTradesGoesOnForEver) {
  auto faults = faults_of("drop every-trades=100");
  faults.start(MonoTime{});
  int hits = 0;
  for (std::uint64_t trades = 0; trades < 100'000; ++trades) {
    if (faults.due_by_trades(trades) && !advance(faults, 0s, trades).empty()) ++hits;
  }
  EXPECT_GT(hits, 900);
  EXPECT_LT(hits, 1100);
}

TEST(Faults, LosesSoManyFramesOfItsStreamOnly) {
  auto faults = faults_of("lose frames=2 stream=a@trade");
  faults.start(MonoTime{});
  advance(faults, 0s, 0);
  auto const fate = [&](std::string_view stream) {
    faults.begin_frame(stream, MonoTime{});
    return faults.fate(SessionId{1});
  };
  EXPECT_EQ(fate("b@trade"), FrameFate::kSend);
  EXPECT_EQ(fate("a@trade"), FrameFate::kLose);
  EXPECT_EQ(fate("a@trade"), FrameFate::kLose);
  EXPECT_EQ(fate("a@trade"), FrameFate::kSend);
}

TEST(Faults, AProbabilityHitsItsShareForEver) {
  auto faults = faults_of("duplicate probability=0.25");
  faults.start(MonoTime{});
  advance(faults, 0s, 0);
  int hits = 0;
  for (int i = 0; i < 10'000; ++i) {
    faults.begin_frame("a@trade", MonoTime{1h});
    if (faults.fate(SessionId{1}) == FrameFate::kDuplicate) ++hits;
  }
  EXPECT_GT(hits, 2300);
  EXPECT_LT(hits, 2700);
}

TEST(Faults, OnOneSparesTheOtherSession) {
  auto faults = faults_of("lose on=one for=1s");
  faults.start(MonoTime{});
  advance(faults, 0s, 0);
  faults.begin_frame("a@trade", MonoTime{});
  EXPECT_NE(faults.fate(SessionId{1}), faults.fate(SessionId{2}));
  faults.begin_frame("a@trade", MonoTime{1s});
  EXPECT_EQ(faults.fate(SessionId{1}), FrameFate::kSend);
  EXPECT_EQ(faults.fate(SessionId{2}), FrameFate::kSend);
}

TEST(Faults, RestIsDownForItsSpan) {
  auto faults = faults_of("rest-down at=1s for=2s status=503");
  faults.start(MonoTime{});
  EXPECT_EQ(faults.rest_down(MonoTime{1s}), std::nullopt);
  advance(faults, 1s, 0);
  EXPECT_EQ(faults.rest_down(MonoTime{1s}), 503U);
  EXPECT_EQ(faults.next_deadline(), MonoTime{3s});
  EXPECT_EQ(faults.rest_down(MonoTime{3s}), std::nullopt);
}

TEST(FaultSpec, ReadsEveryWord) {
  auto const spec = parse_fault(
                        "lose every=1.5s for=250ms frames=3 probability=0.5 stream=x@trade "
                        "on=one")
                        .value();
  EXPECT_EQ(spec.kind, FaultKind::kLose);
  EXPECT_EQ(spec.every, 1500ms);
  EXPECT_EQ(spec.length, 250ms);
  EXPECT_EQ(spec.frames, 3U);
  EXPECT_EQ(spec.probability, 0.5);
  EXPECT_EQ(spec.stream, "x@trade");
  EXPECT_TRUE(spec.one_session);
  EXPECT_EQ(parse_fault("drop,at-trade=7,how=fin").value().at_trade, 7U);
}

TEST(FaultSpec, NamesWhatIsWrongAndWhatIsAllowed) {
  auto const why = [](std::string_view text) { return parse_faults(text).error().detail; };
  EXPECT_EQ(why("explode"),
            "line 1: fault: unknown kind 'explode'; allowed: drop, lose, "
            "duplicate, reorder, rest-down");
  EXPECT_THAT(why("# fine\n\ndrop at=5\n"), testing::StartsWith("line 3: "));
  for (std::string_view const bad :
       {"drop at", "drop when=5s", "lose probability=2", "lose frames=0", "drop how=hard",
        "drop on=two", "rest-down status=200", "drop at=-1s", "drop at=1e300h"}) {
    EXPECT_TRUE(parse_fault(bad).has_error()) << bad;
  }
}

}  // namespace
}  // namespace k2::sim
