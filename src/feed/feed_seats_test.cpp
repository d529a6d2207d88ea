// Several seats: groups of streams, lines side by side, lines of the audit.
#include "feed/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace k2::feed {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonoTime kStart{seconds{1'000}};
constexpr SymbolIndex kBtc{0};

FeedOptions calm(std::size_t symbols) {
  FeedOptions options;
  for (std::size_t number = 0; number < symbols; ++number) {
    options.symbols.push_back(Symbol::parse("S" + std::to_string(number)).value());
  }
  options.line = {.frame_silence_max = hours{10'000},
                  .data_silence = hours{10'000},
                  .lifetime = hours{10'000},
                  .ping_interval = hours{10'000}};
  return options;
}

/// Ticks the feed until nothing is due before `until`, upgrades every connection immediately, and
/// keeps what was opened, by connection.
struct Market {
  explicit Market(FeedOptions options) : feed(std::move(options), Rng{1}) {}

  void run(MonoTime until) {
    for (int steps = 0; feed.next_deadline() <= until; ++steps) {
      ASSERT_LT(steps, 100'000) << "a tick at the deadline moves the deadline on";
      now = std::max(now, feed.next_deadline());
      FeedActions actions;
      feed.on(FeedTick{}, now, actions);
      perform(actions);
    }
    now = until;
  }
  void trade(LineId line, SymbolIndex symbol, std::uint64_t id) {
    FeedActions actions;
    feed.trade_seen(line, symbol, TradeId{id}, now, actions);
    perform(actions);
  }
  void perform(FeedActions const& actions) {
    for (FeedAction const& action : actions) {
      if (auto const* open = std::get_if<OpenLine>(&action)) {
        opened.emplace(open->line, *open);
        FeedActions more;
        feed.on(LineOpened{open->line}, now, more);
      } else if (auto const* text = std::get_if<SendText>(&action)) {
        sent[text->line] += text->text;
      } else if (auto const* close = std::get_if<CloseLine>(&action)) {
        opened.erase(close->line);
      }
    }
  }

  Feed feed;
  MonoTime now = kStart;
  std::map<LineId, OpenLine> opened;
  std::map<LineId, std::string> sent;
};

std::size_t count(std::string const& text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

TEST(FeedSeats, SpreadMoreStreamsThanALineTakesOverSeveral) {
  Market market{calm(1'500)};
  market.run(kStart + seconds{10});
  ASSERT_EQ(market.opened.size(), 2U);
  for (auto const& [line, open] : market.opened) {
    EXPECT_EQ(count(open.target + market.sent[line], "@trade"), 750U);
  }
}

TEST(FeedSeats, AskNoFasterThanTheExchangeAllows) {
  Market market{calm(1'500)};
  market.run(kStart + std::chrono::milliseconds{1'200});
  for (auto const& [line, open] : market.opened) {
    EXPECT_EQ(count(market.sent[line], "SUBSCRIBE"), 2U) << "one each half second";
  }
}

TEST(FeedSeats, KeepTwoLinesOnTwoEndpointsForGood) {
  FeedOptions options = calm(2);
  options.lines = 2;
  options.endpoints = 2;
  Market market{std::move(options)};
  market.run(kStart);
  ASSERT_EQ(market.opened.size(), 2U);
  EXPECT_EQ(market.opened.at(LineId{1}).endpoint, 0U);
  EXPECT_EQ(market.opened.at(LineId{2}).endpoint, 1U);
  market.trade(LineId{1}, kBtc, 5);
  market.now += std::chrono::milliseconds{3};
  market.trade(LineId{2}, kBtc, 5);
  market.trade(LineId{2}, kBtc, 8);
  EXPECT_EQ(market.feed.state(), LineState::kLive);
  auto const& runners = market.feed.runners();
  ASSERT_EQ(runners.size(), 2U);
  EXPECT_EQ(runners[0].firsts, 1U);
  EXPECT_EQ(runners[0].lead_total, std::chrono::milliseconds{3});
  EXPECT_EQ(runners[1].seconds, 1U);
  EXPECT_EQ(runners[1].firsts, 1U);
  EXPECT_EQ(runners[1].lost, 2U) << "6 and 7";
}

TEST(FeedSeats, OpenTheAuditsLineOnceTheTapeFlows) {
  FeedOptions options = calm(2);
  options.audit = true;
  Market market{std::move(options)};
  market.run(kStart + seconds{1});
  ASSERT_EQ(market.opened.size(), 1U);
  market.trade(LineId{1}, kBtc, 5);
  market.run(kStart + seconds{2});
  ASSERT_EQ(market.opened.size(), 2U);
  EXPECT_NE(market.opened.at(LineId{2}).target.find("s0@kline_1m"), std::string::npos);
}

/// A line is lost and comes back.
void lose(Market& market, LineId line) {
  FeedActions actions;
  market.feed.on(LineClosed{line, Error{Errc::kSocketFailed}, {}}, market.now, actions);
  market.opened.erase(line);
  market.perform(actions);
  market.run(market.now + minutes{1});
}

TEST(FeedSeats, MissNothingWhenOnlyTheAuditsLineReconnects) {
  FeedOptions options = calm(2);
  options.audit = true;
  Market market{std::move(options)};
  market.run(kStart + seconds{1});
  market.trade(LineId{1}, kBtc, 5);
  market.run(kStart + seconds{2});
  EXPECT_TRUE(market.feed.take_resumed()) << "the first line of trades";
  EXPECT_FALSE(market.feed.take_resumed()) << "each time once";
  lose(market, LineId{2});
  ASSERT_EQ(market.opened.size(), 2U);
  EXPECT_FALSE(market.feed.take_resumed());
  lose(market, LineId{1});
  ASSERT_EQ(market.opened.size(), 2U);
  EXPECT_TRUE(market.feed.take_resumed());
}

TEST(FeedSeats, MissNothingWhenOneOfTwoRedundantLinesReconnects) {
  FeedOptions options = calm(2);
  options.lines = 2;
  Market market{std::move(options)};
  market.run(kStart);
  market.trade(LineId{1}, kBtc, 5);
  EXPECT_TRUE(market.feed.take_resumed()) << "the first line, while the second is none yet";
  market.trade(LineId{2}, kBtc, 5);
  lose(market, LineId{1});
  ASSERT_EQ(market.opened.size(), 2U);
  EXPECT_FALSE(market.feed.take_resumed()) << "the other one carried all meanwhile";
  lose(market, LineId{2});
  EXPECT_TRUE(market.feed.take_resumed()) << "line 3 has brought nothing yet";
}

TEST(FeedSeats, CarryASymbolThatCameLaterAndLeaveOneThatWent) {
  Market market{calm(2)};
  market.run(kStart + seconds{1});
  market.feed.add_symbol(SymbolIndex{2}, Symbol::parse("LATE").value());
  market.feed.remove_symbol(SymbolIndex{0});
  market.run(kStart + seconds{3});
  EXPECT_EQ(market.sent[LineId{1}], R"({"method":"SUBSCRIBE","params":["late@trade"],"id":1})"
                                    R"({"method":"UNSUBSCRIBE","params":["s0@trade"],"id":2})");
}

TEST(FeedSeats, RotateInAMarketOfOneTradeAMinuteWithoutAStorm) {
  FeedOptions options = calm(3);
  options.line.lifetime = hours{1};
  Market market{std::move(options)};
  market.run(kStart);
  std::uint64_t id = 0;
  for (MonoTime at = kStart; at < kStart + hours{12}; at += minutes{1}) {
    market.run(at);
    ++id;
    for (auto const lines = market.opened; auto const& [line, open] : lines) {
      market.trade(line, kBtc, id);
    }
  }
  EXPECT_GE(market.feed.counts().rotations, 11U);
  EXPECT_EQ(market.feed.counts().losses, 0U);
  EXPECT_LE(market.feed.counts().connects, market.feed.counts().rotations + 2);
}

TEST(FeedSeats, KeepASuccessorWhileNothingIsTraded) {
  FeedOptions options = calm(2);
  options.line.lifetime = hours{1};
  Market market{std::move(options)};
  market.run(kStart);
  market.trade(LineId{1}, kBtc, 1);
  market.run(kStart + hours{10});
  EXPECT_EQ(market.opened.size(), 2U) << "the old line, and one that waits for a trade";
  EXPECT_EQ(market.feed.counts().connects, 2U);
}

TEST(FeedSeats, TryAnotherSuccessorWhenBothLinesStaySilentEachTimeLater) {
  FeedOptions options = calm(2);
  options.line.lifetime = hours{1};
  options.line.data_silence = minutes{2};
  Market market{std::move(options)};
  market.run(kStart);
  // The streams of every line die; the exchange still sends pings.
  for (MonoTime at = kStart; at <= kStart + minutes{59}; at += minutes{1}) {
    market.run(at);
    market.trade(LineId{1}, kBtc, 1);
  }
  auto const before = market.feed.counts().connects;
  market.run(kStart + hours{6});
  EXPECT_GE(market.feed.counts().connects - before, 3U) << "one of them may bring data";
  EXPECT_LE(market.feed.counts().connects - before, 12U) << "no storm";
}

}  // namespace
}  // namespace k2::feed
