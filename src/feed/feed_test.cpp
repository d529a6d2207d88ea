#include "feed/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::VariantWith;

constexpr MonoTime kStart{seconds{1'000}};
constexpr LineId kFirst{1};
constexpr LineId kSecond{2};

std::vector<Symbol> symbols(int count) {
  std::vector<Symbol> made;
  made.reserve(static_cast<std::size_t>(count));
  for (int number = 0; number < count; ++number) {
    made.push_back(Symbol::parse("S" + std::to_string(number)).value());
  }
  return made;
}

constexpr LineId kThird{3};
constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

/// Options under which nothing happens but what a test is about.
FeedOptions calm(int symbol_count = 2) {
  return {.symbols = symbols(symbol_count),
          .line = {.frame_silence_max = std::chrono::hours{1'000},
                   .data_silence = std::chrono::hours{1'000},
                   .lifetime = std::chrono::hours{1'000},
                   .ping_interval = std::chrono::hours{1'000}}};
}

struct Dialogue {
  explicit Dialogue(FeedOptions options = calm()) : feed(std::move(options), Rng{1}) {}

  FeedActions on(FeedEvent const& event, MonoTime now) {
    FeedActions actions;
    feed.on(event, now, actions);
    return actions;
  }
  FeedActions trade(LineId line, SymbolIndex symbol, std::uint64_t id, MonoTime now) {
    FeedActions actions;
    feed.trade_seen(line, symbol, TradeId{id}, now, actions);
    return actions;
  }
  FeedActions data(LineId line, MonoTime now) { return trade(line, kBtc, 1, now); }
  /// Opens, upgrades and proves the first line.
  void go_live() {
    (void)on(FeedTick{}, kStart);
    (void)on(LineOpened{kFirst}, kStart);
    (void)data(kFirst, kStart);
    ASSERT_EQ(feed.state(), LineState::kLive);
  }

  /// Opens the successor, and lets the time pass that its streams may take to begin.
  void open_successor(MonoTime now) {
    (void)on(LineOpened{kSecond}, now);
    ASSERT_EQ(feed.next_deadline(), now + seconds{1});
    (void)on(FeedTick{}, now + seconds{1});
  }

  Feed feed;
};

auto opens(LineId line, LineReason why) {
  return VariantWith<OpenLine>(
      AllOf(testing::Field(&OpenLine::line, line), testing::Field(&OpenLine::why, why)));
}
auto closes(LineId line) {
  return VariantWith<CloseLine>(CloseLine{line});
}
auto changes(LineId line, LineState from, LineState to, LineReason reason,
             std::string detail = {}) {
  return VariantWith<LineChanged>(LineChanged{line, from, to, reason, std::move(detail)});
}

TEST(Feed, AsksForItsStreamsWhenItOpensALine) {
  Dialogue dialogue;
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart),
              ElementsAre(VariantWith<OpenLine>(
                  OpenLine{kFirst, 0, "/stream?streams=s0@trade/s1@trade&timeUnit=MICROSECOND",
                           LineReason::kNone})));
}

TEST(Feed, CallsALineLiveOnlyOnceDataCame) {
  Dialogue dialogue;
  (void)dialogue.on(FeedTick{}, kStart);
  EXPECT_THAT(dialogue.on(LineOpened{kFirst}, kStart),
              ElementsAre(VariantWith<LineChanged>(LineChanged{
                  kFirst, LineState::kConnecting, LineState::kProving, LineReason::kUpgraded})));
  EXPECT_THAT(dialogue.data(kFirst, kStart),
              ElementsAre(VariantWith<LineChanged>(
                  LineChanged{kFirst, LineState::kProving, LineState::kLive, LineReason::kData})));
  EXPECT_THAT(dialogue.data(kFirst, kStart), IsEmpty());
}

TEST(Feed, ReopensAtOnceWhenALiveLineBreaks) {
  Dialogue dialogue;
  dialogue.go_live();
  MonoTime const broken = kStart + seconds{5};
  EXPECT_THAT(dialogue.on(LineClosed{kFirst, Error{Errc::kConnectionClosed, "eof"}, {}}, broken),
              ElementsAre(VariantWith<LineChanged>(
                  LineChanged{kFirst, LineState::kLive, LineState::kClosed, LineReason::kError,
                              "connection_closed: eof"})));
  EXPECT_EQ(dialogue.feed.next_deadline(), broken);
  EXPECT_THAT(dialogue.on(FeedTick{}, broken),
              ElementsAre(VariantWith<OpenLine>(testing::Field(&OpenLine::line, kSecond))));
  EXPECT_EQ(dialogue.feed.counts().losses, 1U);
}

TEST(Feed, TriesForEverWithGrowingWaitsAndInsideTheBudget) {
  Dialogue dialogue;
  MonoTime now = kStart;
  std::vector<MonoTime> attempts;
  for (std::uint32_t attempt = 1; attempt <= 1'000; ++attempt) {
    now = std::max(now, dialogue.feed.next_deadline());
    auto const actions = dialogue.on(FeedTick{}, now);
    ASSERT_THAT(
        actions,
        ElementsAre(VariantWith<OpenLine>(testing::Field(&OpenLine::line, LineId{attempt}))));
    attempts.push_back(now);
    (void)dialogue.on(LineClosed{LineId{attempt}, Error{Errc::kConnectFailed, "refused"}, {}}, now);
    ASSERT_LE(dialogue.feed.next_deadline() - now, kConnectWindow);
  }
  for (std::size_t at = 0; at + kConnectsPerWindow < attempts.size(); ++at) {
    EXPECT_GE(attempts[at + kConnectsPerWindow] - attempts[at], kConnectWindow);
  }
  EXPECT_GT(attempts.back() - attempts.front(), minutes{60});
}

TEST(Feed, TakesTheEndpointsInTurn) {
  FeedOptions options = calm();
  options.endpoints = 3;
  Dialogue dialogue{options};
  MonoTime now = kStart;
  for (std::uint32_t attempt = 0; attempt < 6; ++attempt) {
    now = std::max(now, dialogue.feed.next_deadline());
    EXPECT_THAT(
        dialogue.on(FeedTick{}, now),
        ElementsAre(VariantWith<OpenLine>(testing::Field(&OpenLine::endpoint, attempt % 3))));
    (void)dialogue.on(LineClosed{LineId{attempt + 1}, Error{Errc::kDnsFailed}, {}}, now);
  }
}

TEST(Feed, ObeysRetryAfterAndWaitsLongWhenRefused) {
  Dialogue dialogue;
  (void)dialogue.on(FeedTick{}, kStart);
  (void)dialogue.on(LineClosed{kFirst, Error{Errc::kRateLimited}, seconds{120}}, kStart);
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + seconds{120});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{119}), IsEmpty());
  (void)dialogue.on(FeedTick{}, kStart + seconds{120});
  (void)dialogue.on(LineClosed{kSecond, Error{Errc::kRefusedByRegion}, {}}, kStart + seconds{121});
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + seconds{121} + minutes{5});
  (void)dialogue.on(FeedTick{}, kStart + seconds{421});
  (void)dialogue.on(LineClosed{kThird, Error{Errc::kRefusedByRegion}, seconds{900}},
                    kStart + seconds{421});
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + seconds{421 + 900});
}

TEST(Feed, GivesUpOnAConnectionThatDoesNotComeToBe) {
  Dialogue dialogue;
  (void)dialogue.on(FeedTick{}, kStart);
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + kConnectTimeout);
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + kConnectTimeout),
              ElementsAre(closes(kFirst),
                          changes(kFirst, LineState::kConnecting, LineState::kClosed,
                                  LineReason::kConnectTimeout),
                          opens(kSecond, LineReason::kNone)));
}

TEST(FeedReplacement, KeepsTheOldLineUntilTheNewOneDeliversWhatItDelivers) {
  Dialogue dialogue;
  dialogue.go_live();
  EXPECT_THAT(dialogue.on(LineShutdownAnnounced{kFirst}, kStart),
              ElementsAre(opens(kSecond, LineReason::kServerShutdown)));
  dialogue.open_successor(kStart);
  EXPECT_THAT(dialogue.trade(kFirst, kBtc, 5, kStart + seconds{2}), IsEmpty());
  EXPECT_THAT(dialogue.trade(kFirst, kEth, 70, kStart + seconds{2}), IsEmpty());
  EXPECT_THAT(dialogue.trade(kSecond, kBtc, 6, kStart + seconds{6}), IsEmpty());
  EXPECT_THAT(dialogue.trade(kFirst, kBtc, 6, kStart + seconds{6}), IsEmpty())
      << "the other symbol is not proven";
  EXPECT_THAT(
      dialogue.trade(kSecond, kEth, 70, kStart + seconds{7}),
      ElementsAre(
          changes(kFirst, LineState::kLive, LineState::kDraining, LineReason::kServerShutdown),
          closes(kFirst),
          changes(kFirst, LineState::kDraining, LineState::kClosed, LineReason::kReplaced),
          changes(kSecond, LineState::kProving, LineState::kLive, LineReason::kData)));
  EXPECT_EQ(dialogue.feed.counts().replacements, 1U);
  EXPECT_EQ(dialogue.feed.counts().losses, 0U);
}

TEST(FeedReplacement, LetsBothLinesRunForAWhileSoThatSymbolsGetToTrade) {
  Dialogue dialogue;
  dialogue.go_live();
  (void)dialogue.on(LineShutdownAnnounced{kFirst}, kStart);
  dialogue.open_successor(kStart);
  (void)dialogue.trade(kSecond, kBtc, 5, kStart + seconds{2});
  EXPECT_THAT(dialogue.trade(kFirst, kBtc, 5, kStart + seconds{2}), IsEmpty());
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + seconds{6});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{6}), testing::Contains(closes(kFirst)));
}

TEST(FeedReplacement, GoesOverToTheSuccessorAtOnceWhenTheOldLineBreaks) {
  Dialogue dialogue;
  dialogue.go_live();
  (void)dialogue.on(LineShutdownAnnounced{kFirst}, kStart);
  (void)dialogue.on(LineOpened{kSecond}, kStart);
  (void)dialogue.trade(kSecond, kBtc, 9, kStart + seconds{1});
  EXPECT_THAT(
      dialogue.on(LineClosed{kFirst, Error{Errc::kConnectionClosed}, {}}, kStart + seconds{2}),
      ElementsAre(changes(kFirst, LineState::kLive, LineState::kClosed, LineReason::kError,
                          "connection_closed"),
                  changes(kSecond, LineState::kProving, LineState::kLive, LineReason::kData)));
  EXPECT_EQ(dialogue.feed.state(), LineState::kLive);
}

TEST(FeedReplacement, DropsASuccessorThatDoesNotProveItselfAndTriesAnother) {
  Dialogue dialogue;
  dialogue.go_live();
  (void)dialogue.on(LineShutdownAnnounced{kFirst}, kStart);
  dialogue.open_successor(kStart);
  (void)dialogue.trade(kFirst, kBtc, 5, kStart + seconds{30});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{89}), IsEmpty());
  EXPECT_THAT(
      dialogue.on(FeedTick{}, kStart + seconds{90}),
      ElementsAre(closes(kSecond),
                  changes(kSecond, LineState::kProving, LineState::kClosed, LineReason::kNotProven),
                  opens(kThird, LineReason::kServerShutdown)));
  EXPECT_EQ(dialogue.feed.state(), LineState::kLive);
}

TEST(FeedRotation, ReplacesALineAtItsLifetimeLessItsJitter) {
  FeedOptions options = calm();
  options.line.lifetime = std::chrono::hours{4};
  Dialogue dialogue{options};
  dialogue.go_live();
  MonoTime const due = dialogue.feed.next_deadline();
  EXPECT_GT(due, kStart + std::chrono::minutes{216});
  EXPECT_LE(due, kStart + std::chrono::hours{4});
  EXPECT_THAT(dialogue.on(FeedTick{}, due - seconds{1}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, due), ElementsAre(opens(kSecond, LineReason::kRotation)));
  dialogue.open_successor(due);
  (void)dialogue.trade(kFirst, kBtc, 5, due + seconds{9});
  EXPECT_THAT(dialogue.trade(kSecond, kBtc, 5, due + seconds{9}),
              testing::Contains(
                  changes(kSecond, LineState::kProving, LineState::kLive, LineReason::kData)));
  EXPECT_EQ(dialogue.feed.counts().rotations, 1U);
}

TEST(FeedRotation, IsDueAnHourBeforeTheExchangesOwnLimitHoweverLongTheLifetime) {
  FeedOptions options = calm();
  options.line.lifetime = std::chrono::hours{24};
  Dialogue dialogue{options};
  dialogue.go_live();
  MonoTime const due = dialogue.feed.next_deadline();
  EXPECT_GT(due, kStart + std::chrono::minutes{23 * 54});
  EXPECT_LE(due, kStart + std::chrono::hours{23});
}

TEST(FeedRotation, NeverLetsALineReachTheExchangesOwnLimit) {
  FeedOptions options = calm();
  options.line.lifetime = std::chrono::hours{23};
  Dialogue dialogue{options};
  dialogue.go_live();
  // Every successor fails to connect, for hours.
  MonoTime now = kStart;
  while (dialogue.feed.state() == LineState::kLive) {
    now = std::max(now, dialogue.feed.next_deadline());
    ASSERT_LE(now, kStart + kLineAgeMax);
    (void)dialogue.trade(kFirst, kBtc, 5, now);
    for (FeedAction const& action : dialogue.on(FeedTick{}, now)) {
      if (auto const* open = std::get_if<OpenLine>(&action)) {
        (void)dialogue.on(LineClosed{open->line, Error{Errc::kConnectFailed}, {}}, now);
      }
    }
  }
  EXPECT_EQ(now, kStart + kLineAgeMax);
}

TEST(FeedHeartbeat, PingsAndIsContentWithThePong) {
  FeedOptions options = calm();
  options.line.ping_interval = seconds{180};
  Dialogue dialogue{options};
  dialogue.go_live();
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{180}),
              ElementsAre(VariantWith<SendPing>(SendPing{kFirst})));
  (void)dialogue.on(PongSeen{kFirst}, kStart + seconds{181});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{190}), IsEmpty());
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + seconds{360});
}

TEST(FeedHeartbeat, ReplacesALineThatDoesNotAnswerAsSoonAsAnotherStands) {
  FeedOptions options = calm();
  options.line.ping_interval = seconds{180};
  Dialogue dialogue{options};
  dialogue.go_live();
  (void)dialogue.on(FeedTick{}, kStart + seconds{180});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{189}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{190}),
              ElementsAre(opens(kSecond, LineReason::kPongTimeout)));
  EXPECT_EQ(dialogue.feed.counts().pong_timeouts, 1U);
  (void)dialogue.on(LineOpened{kSecond}, kStart + seconds{191});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{191}), testing::Contains(closes(kFirst)));
  EXPECT_EQ(dialogue.feed.counts().losses, 1U);
}

TEST(FeedSilence, ReplacesALineOnWhichNotEvenPingsCome) {
  FeedOptions options = calm();
  options.line.frame_silence_max = seconds{60};
  Dialogue dialogue{options};
  dialogue.go_live();
  dialogue.feed.frame_seen(kFirst, kStart + seconds{20});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{79}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{80}),
              ElementsAre(opens(kSecond, LineReason::kNoFrame)));
}

TEST(FeedSilence, ReplacesALineThatOnlyPingsOnceAnotherBringsData) {
  FeedOptions options = calm();
  options.line.data_silence = seconds{30};
  Dialogue dialogue{options};
  dialogue.go_live();
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{29}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{30}),
              ElementsAre(opens(kSecond, LineReason::kNoData)));
  dialogue.open_successor(kStart + seconds{30});
  EXPECT_THAT(dialogue.trade(kSecond, kBtc, 8, kStart + seconds{37}), IsEmpty());
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + seconds{42});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{42}), testing::Contains(closes(kFirst)));
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{72}),
              ElementsAre(opens(LineId{3}, LineReason::kNoData)));
}

TEST(FeedSilence, WaitsTwiceAsLongWhenTheSilentLineBringsDataAfterAll) {
  FeedOptions options = calm();
  options.line.data_silence = seconds{30};
  Dialogue dialogue{options};
  dialogue.go_live();
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{30}),
              ElementsAre(opens(kSecond, LineReason::kNoData)));
  dialogue.open_successor(kStart + seconds{30});
  // The successor is a little ahead; that alone proves nothing about the old connection.
  (void)dialogue.trade(kSecond, kBtc, 8, kStart + seconds{37});
  (void)dialogue.trade(kFirst, kBtc, 8, kStart + seconds{37});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{42}), testing::Contains(closes(kFirst)));
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{72}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{102}),
              ElementsAre(opens(LineId{3}, LineReason::kNoData)));
}

/// Reports a dead stream each second for a while and counts the successors, each proven
/// immediately.
int successors_of_a_dead_stream(Dialogue& dialogue, seconds from, seconds to) {
  int opened = 0;
  LineId main = kFirst;
  for (MonoTime now = kStart + from; now < kStart + to; now += seconds{1}) {
    auto actions = dialogue.on(StreamDead{kEth}, now);
    for (FeedAction const& action : actions) {
      auto const* open = std::get_if<OpenLine>(&action);
      if (open == nullptr) continue;
      EXPECT_EQ(open->why, LineReason::kDeadStream);
      ++opened;
      (void)dialogue.on(LineOpened{open->line}, now);
      now += seconds{1};
      (void)dialogue.on(FeedTick{}, now);
      (void)dialogue.data(open->line, now);
      now += seconds{5};
      EXPECT_THAT(dialogue.on(FeedTick{}, now), testing::Contains(closes(main)));
      main = open->line;
    }
  }
  return opened;
}

TEST(FeedDeadStream, ReplacesTheLineAndWaitsLongerEachTimeItDoesNotHelp) {
  FeedOptions options = calm();
  options.line.data_silence = seconds{30};
  Dialogue dialogue{options};
  dialogue.go_live();
  EXPECT_EQ(successors_of_a_dead_stream(dialogue, seconds{60}, seconds{61}), 1);
  EXPECT_EQ(successors_of_a_dead_stream(dialogue, seconds{67}, seconds{90}), 0);
}

TEST(FeedDeadStream, MakesNoStormWhenTheStreamStaysDead) {
  FeedOptions options = calm();
  options.line.data_silence = seconds{30};
  Dialogue dialogue{options};
  dialogue.go_live();
  EXPECT_EQ(successors_of_a_dead_stream(dialogue, seconds{60}, seconds{60 + 7'200}), 8)
      << "after 0, 30, 90, 210, 450, 930, 1,890 and 3,810 s";
}

TEST(FeedDeadStream, GivesAStreamTimeToBeginOnceItWasAskedFor) {
  Dialogue dialogue{calm()};
  (void)dialogue.on(FeedTick{}, kStart);
  (void)dialogue.on(LineOpened{kFirst}, kStart);
  (void)dialogue.data(kFirst, kStart);
  EXPECT_THAT(dialogue.on(StreamDead{kEth}, kStart + milliseconds{3'999}), IsEmpty());
  EXPECT_THAT(dialogue.on(StreamDead{kEth}, kStart + seconds{4}),
              ElementsAre(opens(LineId{2}, LineReason::kDeadStream)));
}

TEST(FeedDeadStream, IsNoMatterOfALineThatIsNotLiveYetOrDoesNotCarryIt) {
  Dialogue dialogue;
  (void)dialogue.on(FeedTick{}, kStart);
  (void)dialogue.on(LineOpened{kFirst}, kStart);
  EXPECT_THAT(dialogue.on(StreamDead{kEth}, kStart), IsEmpty());
  (void)dialogue.data(kFirst, kStart);
  EXPECT_THAT(dialogue.on(StreamDead{SymbolIndex{7}}, kStart), IsEmpty());
}

TEST(FeedSilence, MakesNoStormInAQuietMarket) {
  FeedOptions options = calm();
  options.line.data_silence = seconds{30};
  Dialogue dialogue{options};
  dialogue.go_live();
  int opened = 0;
  // Two hours without a trade; every line is pinged by the exchange.
  for (MonoTime now = kStart; now < kStart + std::chrono::hours{2}; now += seconds{1}) {
    for (FeedAction const& action : dialogue.on(FeedTick{}, now)) {
      if (auto const* open = std::get_if<OpenLine>(&action)) {
        ++opened;
        (void)dialogue.on(LineOpened{open->line}, now);
      }
    }
    ASSERT_EQ(dialogue.feed.state(), LineState::kLive);
  }
  EXPECT_EQ(opened, 7);
}

TEST(Feed, AsksForTimeOnlyWhenTimeBringsSomething) {
  // A tick at the deadline moves the next deadline forward for every seed.
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng{seed};
    FeedOptions options{.symbols = symbols(2), .line = {.lifetime = seconds{70}}};
    options.line.ping_interval = seconds{25};
    Dialogue dialogue{options};
    MonoTime now = kStart;
    int standstill = 0;
    for (std::uint64_t step = 1; step <= 2'000; ++step) {
      MonoTime const due = dialogue.feed.next_deadline();
      standstill = due <= now ? standstill + 1 : 0;
      ASSERT_LT(standstill, 4) << "seed " << seed;
      now = std::max(now, due);
      for (FeedAction const& action : dialogue.on(FeedTick{}, now)) {
        auto const* open = std::get_if<OpenLine>(&action);
        if (open == nullptr) continue;
        if (rng.chance(0.5)) {
          (void)dialogue.on(LineOpened{open->line}, now);
          if (rng.chance(0.5)) (void)dialogue.trade(open->line, kEth, step, now);
        } else if (rng.chance(0.5)) {
          (void)dialogue.on(LineClosed{open->line, Error{Errc::kConnectFailed}, {}}, now);
        }
      }
    }
  }
}

TEST(Feed, SubscribesToTheRestInRequestsThatTheExchangeTakes) {
  Dialogue dialogue{calm(450)};
  (void)dialogue.on(FeedTick{}, kStart);
  (void)dialogue.on(LineOpened{kFirst}, kStart);
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart), IsEmpty());
  auto const second = dialogue.on(FeedTick{}, kStart + milliseconds{500});
  ASSERT_EQ(second.size(), 1U);
  auto const& text = std::get<SendText>(second[0]).text;
  EXPECT_NE(text.find("\"s200@trade\""), std::string::npos);
  EXPECT_NE(text.find("\"s399@trade\""), std::string::npos);
  EXPECT_EQ(text.find("\"s400@trade\""), std::string::npos);
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + milliseconds{999}), IsEmpty());
  auto const third = dialogue.on(FeedTick{}, kStart + milliseconds{1'000});
  ASSERT_EQ(third.size(), 1U);
  EXPECT_NE(std::get<SendText>(third[0]).text.find("\"s449@trade\""), std::string::npos);
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + milliseconds{2'000}), IsEmpty());
}

TEST(Feed, IgnoresWhatAClosedLineStillHasToSay) {
  Dialogue dialogue;
  dialogue.go_live();
  (void)dialogue.on(LineClosed{kFirst, Error{Errc::kConnectionClosed}, {}}, kStart);
  (void)dialogue.on(FeedTick{}, kStart);
  EXPECT_THAT(dialogue.on(LineClosed{kFirst, Error{Errc::kConnectionClosed}, {}}, kStart),
              IsEmpty());
  EXPECT_THAT(dialogue.on(LineOpened{kFirst}, kStart), IsEmpty());
  EXPECT_THAT(dialogue.on(LineShutdownAnnounced{kFirst}, kStart), IsEmpty());
  EXPECT_THAT(dialogue.data(kFirst, kStart), IsEmpty());
  EXPECT_EQ(dialogue.feed.state(), LineState::kConnecting);
}

}  // namespace
}  // namespace k2::feed
