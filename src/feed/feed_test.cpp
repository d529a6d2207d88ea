#include "feed/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::VariantWith;

constexpr MonoTime kStart{seconds{1'000}};
constexpr LineId kFirst{1};
constexpr LineId kSecond{2};

std::vector<Symbol> symbols(int count) {
  std::vector<Symbol> made;
  for (int number = 0; number < count; ++number) {
    made.push_back(Symbol::parse("S" + std::to_string(number)).value());
  }
  return made;
}

struct Dialogue {
  explicit Dialogue(int symbol_count = 2, std::size_t endpoints = 1,
                    std::chrono::nanoseconds data_silence = seconds{30})
      : feed(FeedOptions{.symbols = symbols(symbol_count),
                         .endpoints = endpoints,
                         .data_silence = data_silence},
             Rng{1}) {}

  FeedActions on(FeedEvent const& event, MonoTime now) {
    FeedActions actions;
    feed.on(event, now, actions);
    return actions;
  }
  FeedActions data(LineId line, MonoTime now) {
    FeedActions actions;
    feed.data_seen(line, now, actions);
    return actions;
  }
  /// Opens, upgrades and proves the first line.
  void go_live() {
    (void)on(FeedTick{}, kStart);
    (void)on(LineOpened{kFirst}, kStart);
    (void)data(kFirst, kStart);
    ASSERT_EQ(feed.state(), LineState::kLive);
  }

  Feed feed;
};

TEST(Feed, AsksForItsStreamsWhenItOpensALine) {
  Dialogue dialogue;
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart),
              ElementsAre(VariantWith<OpenLine>(
                  OpenLine{kFirst, 0, "/stream?streams=s0@trade/s1@trade&timeUnit=MICROSECOND"})));
}

TEST(Feed, CallsALineLiveOnlyOnceDataCame) {
  Dialogue dialogue;
  (void)dialogue.on(FeedTick{}, kStart);
  EXPECT_THAT(dialogue.on(LineOpened{kFirst}, kStart),
              ElementsAre(VariantWith<LineChanged>(
                  LineChanged{kFirst, LineState::kConnecting, LineState::kProving, "upgraded"})));
  EXPECT_THAT(dialogue.data(kFirst, kStart),
              ElementsAre(VariantWith<LineChanged>(
                  LineChanged{kFirst, LineState::kProving, LineState::kLive, "data"})));
  EXPECT_THAT(dialogue.data(kFirst, kStart), IsEmpty());
}

TEST(Feed, ReopensAtOnceWhenALiveLineBreaks) {
  Dialogue dialogue;
  dialogue.go_live();
  MonoTime const broken = kStart + seconds{5};
  EXPECT_THAT(dialogue.on(LineClosed{kFirst, Error{Errc::kConnectionClosed, "eof"}, {}}, broken),
              ElementsAre(VariantWith<LineChanged>(LineChanged{
                  kFirst, LineState::kLive, LineState::kClosed, "connection_closed: eof"})));
  EXPECT_EQ(dialogue.feed.next_deadline(), broken);
  EXPECT_THAT(dialogue.on(FeedTick{}, broken),
              ElementsAre(VariantWith<OpenLine>(testing::Field(&OpenLine::line, kSecond))));
  EXPECT_EQ(dialogue.feed.losses(), 1U);
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
  Dialogue dialogue{2, 3};
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
}

TEST(Feed, GivesUpOnAConnectionThatDoesNotComeToBe) {
  Dialogue dialogue;
  (void)dialogue.on(FeedTick{}, kStart);
  EXPECT_EQ(dialogue.feed.next_deadline(), kStart + kConnectTimeout);
  EXPECT_THAT(
      dialogue.on(FeedTick{}, kStart + kConnectTimeout),
      ElementsAre(VariantWith<CloseLine>(CloseLine{kFirst}),
                  VariantWith<LineChanged>(LineChanged{kFirst, LineState::kConnecting,
                                                       LineState::kClosed, "connect_timeout"})));
}

TEST(Feed, ReplacesALineOnWhichNotEvenPingsCome) {
  Dialogue dialogue{2, 1, minutes{30}};
  dialogue.go_live();
  dialogue.feed.frame_seen(kFirst, kStart + seconds{20});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{79}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{80}),
              ElementsAre(VariantWith<CloseLine>(CloseLine{kFirst}),
                          VariantWith<LineChanged>(LineChanged{kFirst, LineState::kLive,
                                                               LineState::kClosed, "no_frame"}),
                          VariantWith<OpenLine>(testing::Field(&OpenLine::line, kSecond))));
}

TEST(Feed, ReplacesALineThatOnlyPings) {
  Dialogue dialogue;
  dialogue.go_live();
  dialogue.feed.frame_seen(kFirst, kStart + seconds{29});
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{29}), IsEmpty());
  EXPECT_THAT(dialogue.on(FeedTick{}, kStart + seconds{30}),
              ElementsAre(VariantWith<CloseLine>(CloseLine{kFirst}),
                          VariantWith<LineChanged>(
                              LineChanged{kFirst, LineState::kLive, LineState::kClosed, "no_data"}),
                          VariantWith<OpenLine>(testing::Field(&OpenLine::line, kSecond))));
}

TEST(Feed, MakesNoStormInAQuietMarket) {
  Dialogue dialogue{2, 1, seconds{30}};
  dialogue.go_live();
  int opened = 0;
  LineId line = kFirst;
  // Two hours without a trade; the server pings each 20 s.
  for (MonoTime now = kStart; now < kStart + std::chrono::hours{2}; now += seconds{1}) {
    if (now.time_since_epoch() / seconds{1} % 20 == 0) dialogue.feed.frame_seen(line, now);
    for (FeedAction const& action : dialogue.on(FeedTick{}, now)) {
      if (auto const* open = std::get_if<OpenLine>(&action)) {
        line = open->line;
        ++opened;
        (void)dialogue.on(LineOpened{line}, now);
      }
    }
  }
  EXPECT_EQ(opened, 7);
}

TEST(Feed, OpensAnotherLineAsSoonAsAShutdownIsAnnounced) {
  Dialogue dialogue;
  dialogue.go_live();
  EXPECT_THAT(dialogue.on(LineShutdownAnnounced{kFirst}, kStart + seconds{1}),
              ElementsAre(VariantWith<CloseLine>(CloseLine{kFirst}),
                          VariantWith<LineChanged>(LineChanged{
                              kFirst, LineState::kLive, LineState::kClosed, "server_shutdown"}),
                          VariantWith<OpenLine>(testing::Field(&OpenLine::line, kSecond))));
}

TEST(Feed, SubscribesToTheRestInRequestsThatTheExchangeTakes) {
  Dialogue dialogue{450};
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
