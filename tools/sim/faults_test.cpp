#include "tools/sim/faults.hpp"

#include "tools/sim/random_fault.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::array kSessions{SessionId{1}, SessionId{2}};

Faults faults_of(std::string_view text) {
  return {parse_faults(text).value(), 1};
}

// The faults that started and ended, as in `+drop(1,2)` and `-drop`.
std::vector<std::string> advance(Faults& faults, std::chrono::nanoseconds now,
                                 std::uint64_t trades) {
  std::vector<FaultEvent> events;
  faults.advance(MonoTime{now}, trades, kSessions, events);
  std::vector<std::string> told;
  for (FaultEvent const& event : events) {
    std::string text{event.began ? "+" : "-"};
    text += info_of(event.spec.kind).name;
    for (SessionId const id : event.sessions) {
      if (event.began) text += " " + std::to_string(static_cast<std::uint64_t>(id));
    }
    told.push_back(text);
  }
  return told;
}

TEST(Faults, DropAtATimeStrikesAllSessionsOnce) {
  auto faults = faults_of("drop at=5s how=fin");
  faults.start(MonoTime{100s});
  EXPECT_EQ(faults.next_deadline(), MonoTime{105s});
  EXPECT_THAT(advance(faults, 104s, 0), IsEmpty());
  EXPECT_THAT(advance(faults, 105s, 0), ElementsAre("+drop 1 2", "-drop"));
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
  EXPECT_THAT(advance(faults, 0s, 0), ElementsAre(testing::AnyOf("+drop 1", "+drop 2"), "-drop"));
}

TEST(Faults, NewestAndOldestAreToldByTheirNumbers) {
  auto faults = faults_of("drop on=newest\ndrop on=oldest");
  faults.start(MonoTime{});
  EXPECT_THAT(advance(faults, 0s, 0), ElementsAre("+drop 2", "-drop", "+drop 1", "-drop"));
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
  EXPECT_EQ(faults.strike(FaultKind::kRestDown, MonoTime{1s}), nullptr);
  EXPECT_THAT(advance(faults, 1s, 0), ElementsAre("+rest-down"));
  ASSERT_NE(faults.strike(FaultKind::kRestDown, MonoTime{1s}), nullptr);
  EXPECT_EQ(faults.strike(FaultKind::kRestDown, MonoTime{1s})->status, 503U);
  EXPECT_EQ(faults.next_deadline(), MonoTime{3s});
  EXPECT_EQ(faults.strike(FaultKind::kRestDown, MonoTime{3s}), nullptr);
  EXPECT_THAT(advance(faults, 3s, 0), ElementsAre("-rest-down"));
  EXPECT_THAT(faults.list(), IsEmpty());
}

TEST(Faults, AMuteHoldsOnlyTheConnectionsThatWereThere) {
  auto faults = faults_of("mute stream=a@trade");
  faults.start(MonoTime{});
  EXPECT_THAT(advance(faults, 0s, 0), ElementsAre("+mute 1 2"));
  faults.begin_frame("a@trade", MonoTime{1h});
  EXPECT_EQ(faults.fate(SessionId{2}), FrameFate::kLose);
  EXPECT_EQ(faults.fate(SessionId{3}), FrameFate::kSend);
  faults.begin_frame("b@trade", MonoTime{1h});
  EXPECT_EQ(faults.fate(SessionId{2}), FrameFate::kSend);
}

TEST(Faults, AFaultOfConnectionsEndsWithTheLastOfThem) {
  auto faults = faults_of("half-open");
  faults.start(MonoTime{});
  EXPECT_THAT(advance(faults, 0s, 0), ElementsAre("+half-open 1 2"));
  faults.session_closed(SessionId{1});
  EXPECT_THAT(advance(faults, 1s, 0), IsEmpty());
  faults.session_closed(SessionId{2});
  EXPECT_TRUE(faults.next_deadline());
  EXPECT_THAT(advance(faults, 2s, 0), ElementsAre("-half-open"));
  EXPECT_EQ(faults.next_deadline(), std::nullopt);
}

TEST(Faults, ABlackHoleOfTheWholeNetworkSwallowsTheNewOnesToo) {
  auto faults = faults_of("black-hole for=5s\nblack-hole at=5s on=one for=1s");
  faults.start(MonoTime{});
  EXPECT_THAT(advance(faults, 0s, 0), ElementsAre("+black-hole 1 2"));
  EXPECT_TRUE(faults.swallows_new_until());
  EXPECT_TRUE(faults.swallows(SessionId{3}));
  EXPECT_EQ(advance(faults, 5s, 0).size(), 2U);
  EXPECT_FALSE(faults.swallows_new_until());
  EXPECT_FALSE(faults.swallows(SessionId{3}));
  EXPECT_NE(faults.swallows(SessionId{1}), faults.swallows(SessionId{2}));
}

TEST(Faults, AFaultAddedLateCountsFromThen) {
  auto faults = faults_of("");
  EXPECT_THAT(advance(faults, 90s, 700), IsEmpty());
  faults.add(parse_fault("drop at=5s").value(), MonoTime{100s}, 1000);
  faults.add(parse_fault("drop at-trade=5").value(), MonoTime{100s}, 1000);
  EXPECT_THAT(advance(faults, 104s, 1004), IsEmpty());
  EXPECT_EQ(advance(faults, 104s, 1005).size(), 2U);
  EXPECT_EQ(advance(faults, 105s, 1005).size(), 2U);
}

TEST(Faults, HealingEndsWhatIsAtWorkAndForgetsWhatWaits) {
  auto faults = faults_of("rest-down\ndrop at=1h");
  faults.start(MonoTime{});
  EXPECT_THAT(advance(faults, 0s, 0), ElementsAre("+rest-down"));
  std::vector<FaultEvent> events;
  EXPECT_FALSE(faults.heal(FaultId{3}, events));
  EXPECT_TRUE(faults.heal(FaultId{2}, events));
  EXPECT_THAT(events, IsEmpty());
  EXPECT_TRUE(faults.heal(FaultId{1}, events));
  ASSERT_EQ(events.size(), 1U);
  EXPECT_FALSE(events[0].began);
  EXPECT_EQ(faults.standing(FaultKind::kRestDown, MonoTime{}), nullptr);
  EXPECT_EQ(faults.next_deadline(), std::nullopt);
}

TEST(Faults, TheListTellsWhatWasHit) {
  auto faults = faults_of("lose frames=3\nrefuse at=1h status=403");
  faults.start(MonoTime{});
  advance(faults, 0s, 0);
  faults.begin_frame("a@trade", MonoTime{});
  EXPECT_EQ(faults.fate(SessionId{1}), FrameFate::kLose);
  EXPECT_EQ(faults.fate(SessionId{2}), FrameFate::kLose);
  auto const list = faults.list();
  ASSERT_EQ(list.size(), 2U);
  EXPECT_EQ(list[0].text, "lose frames=3");
  EXPECT_TRUE(list[0].active);
  EXPECT_EQ(list[0].hits, 2U);
  EXPECT_EQ(list[1].text, "refuse at=1h status=403");
  EXPECT_FALSE(list[1].active);
}

TEST(Faults, RandomDrawsItsKindsAndGoesOn) {
  auto faults = faults_of("random every=10s kinds=drop,mute,close");
  auto again = faults_of("random every=10s kinds=drop,mute,close");
  faults.start(MonoTime{});
  again.start(MonoTime{});
  std::map<std::string, int> seen;
  for (auto now = 0s; now < 3'000s; now += 1s) {
    auto const told = advance(faults, now, 0);
    EXPECT_EQ(told, advance(again, now, 0));
    for (std::string const& text : told) {
      if (text[0] == '+') ++seen[text.substr(1, text.find(' ') - 1)];
    }
    if (now.count() % 60 != 0) continue;
    for (SessionId const id : kSessions) {
      faults.session_closed(id);
      again.session_closed(id);
    }
  }
  EXPECT_EQ(seen.size(), 3U);
  for (auto const& [kind, count] : seen) EXPECT_GT(count, 50) << kind;
}

TEST(RandomFault, EveryKindEndsByItself) {
  Rng rng{7};
  for (FaultKindInfo const& info : fault_kinds()) {
    if (info.kind == FaultKind::kRandom) continue;
    for (int i = 0; i < 20; ++i) {
      FaultSpec const spec = random_fault(info.kind, rng);
      EXPECT_EQ(spec.kind, info.kind);
      bool const needs_span =
          info.scope == FaultScope::kCondition || info.kind == FaultKind::kBlackHole;
      EXPECT_TRUE(spec.length || !needs_span) << spec.text;
    }
  }
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
  EXPECT_EQ(spec.on, FaultTarget::kOne);
  EXPECT_EQ(parse_fault("drop,at-trade=7,how=fin").value().at_trade, 7U);
}

TEST(FaultSpec, ReadsTheDetailsOfEveryKind) {
  auto const close = parse_fault("close code=1011 reason=Internal_error").value();
  EXPECT_EQ(close.code, 1011);
  EXPECT_EQ(close.reason, "Internal error");
  EXPECT_EQ(parse_fault("server-shutdown lead=0s").value().lead, 0s);
  EXPECT_EQ(parse_fault("oversize bytes=5").value().bytes, 5U);
  EXPECT_EQ(parse_fault("slow-bytes rate=9").value().rate, 9U);
  EXPECT_EQ(parse_fault("late-data delay=2s").value().delay, 2s);
  EXPECT_EQ(parse_fault("bad-certificate kind=old-tls").value().tls, TlsFault::kOldTls);
  auto const refuse = parse_fault("refuse status=451 retry-after=1500ms").value();
  EXPECT_EQ(refuse.status, 451U);
  EXPECT_EQ(refuse.retry_after, 2s);
  EXPECT_EQ(parse_fault("rest-lag lag=4s").value().lag, 4s);
  EXPECT_EQ(parse_fault("id-gap ids=3").value().ids, 3U);
  EXPECT_EQ(parse_fault("clock-skew by=-2s").value().by, -2s);
  EXPECT_EQ(parse_fault("clock-skew by=1.5s").value().by, 1500ms);
  EXPECT_THAT(parse_fault("halt symbols=BTCUSDT,ETHUSDT for=1s").value().symbols,
              ElementsAre("BTCUSDT", "ETHUSDT"));
  auto const random = parse_fault("random kinds=drop,mute every=1s").value();
  EXPECT_THAT(random.kinds, ElementsAre(FaultKind::kDrop, FaultKind::kMute));
  EXPECT_EQ(random.text, "random kinds=drop,mute every=1s");
}

TEST(FaultSpec, NamesWhatIsWrongAndWhatIsAllowed) {
  auto const why = [](std::string_view text) { return parse_faults(text).error().detail; };
  EXPECT_THAT(why("explode"),
              testing::StartsWith("line 1: fault: unknown kind 'explode'; allowed: drop, close, "));
  EXPECT_EQ(why("drop frames=3"),
            "line 1: fault: drop takes no 'frames'; allowed: at, at-trade, every, every-trades, "
            "how, on");
  EXPECT_THAT(why("# fine\n\ndrop at=5\n"), testing::StartsWith("line 3: "));
  for (std::string_view const bad :
       {"drop at", "drop when=5s", "lose probability=2", "lose frames=0", "drop how=hard",
        "drop on=two", "rest-down status=200", "drop at=-1s", "drop at=1e300h", "close code=999",
        "close code=1005", "random every=1s", "random kinds=drop", "random every=1s kinds=random",
        "halt every=1s", "bad-certificate kind=nice", "drop at=1s 2s", "clock-skew by=--1s"}) {
    EXPECT_TRUE(parse_fault(bad).has_error()) << bad;
  }
}

}  // namespace
}  // namespace k2::sim
