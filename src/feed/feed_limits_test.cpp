// Tests the feed within the exchange's limits: connections that do not last, pauses that the
// exchange demands, requests that have no effect.
#include "feed/feed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonoTime kStart{seconds{1'000}};
constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

FeedOptions calm() {
  FeedOptions options;
  options.symbols = {Symbol::parse("BTC").value(), Symbol::parse("ETH").value()};
  options.line = {.frame_silence_max = hours{10'000},
                  .data_silence = hours{10'000},
                  .lifetime = hours{10'000},
                  .ping_interval = hours{10'000}};
  return options;
}

FeedOptions audited() {
  FeedOptions options = calm();
  options.audit = true;
  return options;
}

class FeedLimits : public testing::Test {
 protected:
  explicit FeedLimits(FeedOptions options = calm()) : feed_(std::move(options), Rng{1}) {}

  void on(FeedEvent const& event) {
    FeedActions actions;
    feed_.on(event, now_, actions);
    take(actions);
  }
  void take(FeedActions const& actions) {
    for (FeedAction const& action : actions) {
      if (auto const* open = std::get_if<OpenLine>(&action)) {
        opened_.push_back(*open);
        opened_at_.push_back(now_);
      } else if (auto const* text = std::get_if<SendText>(&action)) {
        sent_.push_back(text->text);
      } else if (auto const* changed = std::get_if<LineChanged>(&action)) {
        if (changed->to == LineState::kClosed) reasons_.push_back(changed->reason);
      }
    }
  }
  /// Ticks at every deadline up to then; does not answer what is opened.
  void run(MonoTime until) {
    for (int steps = 0; feed_.next_deadline() <= until; ++steps) {
      ASSERT_LT(steps, 100'000);
      now_ = std::max(now_, feed_.next_deadline());
      on(FeedTick{});
    }
    now_ = until;
  }
  void trade(LineId line, SymbolIndex symbol, std::uint64_t id) {
    FeedActions actions;
    feed_.trade_seen(line, symbol, TradeId{id}, now_, actions);
    take(actions);
  }
  void upgrade(LineId line) { on(LineOpened{line}); }
  void lose(LineId line, Errc code = Errc::kConnectionClosed,
            std::optional<seconds> retry_after = {}) {
    on(LineClosed{line, Error{code}, retry_after});
  }
  /// The next line, delivering.
  LineId go_live() {
    on(FeedTick{});
    LineId const line = opened_.back().line;
    upgrade(line);
    trade(line, kBtc, 1);
    return line;
  }
  bool is_audit(OpenLine const& open) const {
    return open.target.find("kline") != std::string::npos;
  }
  std::size_t opened_by(bool audit) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        opened_, [&](OpenLine const& open) { return is_audit(open) == audit; }));
  }

  Feed feed_;
  MonoTime now_ = kStart;
  std::vector<OpenLine> opened_;
  std::vector<MonoTime> opened_at_;
  std::vector<std::string> sent_;
  std::vector<LineReason> reasons_;
};

class AuditedFeedLimits : public FeedLimits {
 protected:
  AuditedFeedLimits() : FeedLimits(audited()) {}
};

TEST_F(FeedLimits, ALineThatIsCutRightAfterItsFirstTradeDoesNotEatTheBudget) {
  while (now_ < kStart + minutes{5}) {
    run(now_);
    LineId const line = go_live();
    now_ += milliseconds{100};
    lose(line);
    now_ = std::max(now_, feed_.next_deadline());
  }
  auto const within = [&](auto span) {
    return std::ranges::count_if(opened_at_, [&](MonoTime at) { return at < kStart + span; });
  };
  EXPECT_LE(within(seconds{10}), 12);
  EXPECT_LE(within(minutes{5}), 60) << "of 240: one is always free for the line that holds";
  EXPECT_GE(within(minutes{5}), 8) << "and it is tried all the same";
}

TEST_F(FeedLimits, ALineThatHeldForAMinuteIsReplacedAtOnceWhateverWasBefore) {
  for (int cut = 0; cut < 8; ++cut) {
    now_ = std::max(now_, feed_.next_deadline());
    lose(go_live());
  }
  now_ = std::max(now_, feed_.next_deadline());
  LineId const line = go_live();
  now_ += minutes{1};
  lose(line);
  EXPECT_EQ(feed_.next_deadline(), now_);
}

TEST_F(FeedLimits, ALineThatHeldForLessIsNot) {
  for (int cut = 0; cut < 8; ++cut) {
    now_ = std::max(now_, feed_.next_deadline());
    lose(go_live());
  }
  now_ = std::max(now_, feed_.next_deadline());
  LineId const line = go_live();
  now_ += seconds{59};
  lose(line);
  EXPECT_GT(feed_.next_deadline(), now_);
}

TEST_F(AuditedFeedLimits, TheAuditLeavesHalfOfTheAttemptsToTrades) {
  LineId const trades = go_live();
  // The audit's connection is refused each time.
  while (now_ < kStart + hours{1}) {
    now_ = std::max(now_, feed_.next_deadline());
    std::size_t const before = opened_.size();
    on(FeedTick{});
    for (std::size_t at = before; at < opened_.size(); ++at) {
      lose(opened_[at].line, Errc::kConnectFailed);
    }
    now_ += milliseconds{1};
  }
  std::size_t in_window = 0;
  for (MonoTime const at : opened_at_) in_window += at > now_ - kConnectWindow ? 1U : 0U;
  EXPECT_LE(in_window, kConnectsPerWindow / 2);
  std::size_t const before = opened_by(false);
  lose(trades);
  on(FeedTick{});
  EXPECT_EQ(opened_by(false), before + 1) << "the tape comes back at once";
}

TEST_F(FeedLimits, APauseThatTheExchangeAskedForElsewhereHoldsForEveryLine) {
  LineId const line = go_live();
  feed_.pause(now_ + seconds{120});
  lose(line);
  run(now_ + seconds{119});
  EXPECT_EQ(opened_.size(), 1U);
  run(now_ + seconds{1});
  EXPECT_EQ(opened_.size(), 2U);
}

TEST_F(AuditedFeedLimits, APauseThatOneLineWasAskedForHoldsForTheOthers) {
  LineId const trades = go_live();
  on(FeedTick{});
  ASSERT_EQ(opened_by(true), 1U);
  lose(opened_.back().line, Errc::kRateLimited, seconds{120});
  lose(trades);
  run(now_ + seconds{119});
  EXPECT_EQ(opened_.size(), 2U);
  run(now_ + seconds{2});
  EXPECT_GE(opened_by(false), 2U);
}

TEST(FeedShare, ALineIsOpenedOnlyInsideTheShareOfThisProcess) {
  FeedOptions options = calm();
  options.connects_per_window = 3;
  Feed feed{std::move(options), Rng{1}};
  MonoTime now = kStart;
  std::vector<MonoTime> opened;
  while (now < kStart + minutes{30}) {
    now = std::max(now, feed.next_deadline());
    FeedActions actions;
    feed.on(FeedTick{}, now, actions);
    for (FeedAction const& action : actions) {
      auto const* open = std::get_if<OpenLine>(&action);
      if (open == nullptr) continue;
      opened.push_back(now);
      FeedActions more;
      feed.on(LineClosed{open->line, Error{Errc::kConnectFailed}, {}}, now, more);
    }
  }
  for (std::size_t at = 0; at + 3 < opened.size(); ++at) {
    EXPECT_GE(opened[at + 3] - opened[at], kConnectWindow);
  }
}

TEST_F(FeedLimits, ASymbolThatIsRemovedWhileTwoLinesRunDoesNotCostTheSuccessor) {
  LineId const first = go_live();
  on(LineShutdownAnnounced{first});
  LineId const second = opened_.back().line;
  ASSERT_NE(first, second);
  upgrade(second);
  run(now_ + seconds{2});
  feed_.remove_symbol(kEth);
  // The old line still brings it until the exchange has ended the stream.
  trade(first, kEth, 70);
  trade(first, kBtc, 6);
  run(now_ + seconds{30});
  trade(second, kBtc, 7);
  trade(first, kBtc, 7);
  run(now_ + seconds{90});
  EXPECT_THAT(reasons_, testing::ElementsAre(LineReason::kReplaced));
}

TEST_F(FeedLimits, ARequestThatTheExchangeRefusedIsSentAgain) {
  LineId const line = go_live();
  feed_.add_symbol(SymbolIndex{2}, Symbol::parse("LATE").value());
  run(now_ + seconds{1});
  ASSERT_EQ(sent_.size(), 1U);
  on(RequestAnswered{line, 1, true});
  run(now_ + seconds{10});
  ASSERT_EQ(sent_.size(), 2U);
  EXPECT_EQ(sent_[1], R"({"method":"SUBSCRIBE","params":["late@trade"],"id":2})");
  on(RequestAnswered{line, 2, false});
  run(now_ + hours{1});
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(FeedLimits, ARequestThatNobodyAnswersIsSentAgainEachTimeLater) {
  (void)go_live();
  feed_.add_symbol(SymbolIndex{2}, Symbol::parse("LATE").value());
  MonoTime const sent_at = now_;
  run(sent_at + seconds{9});
  EXPECT_EQ(sent_.size(), 1U);
  run(sent_at + seconds{11});
  EXPECT_EQ(sent_.size(), 2U);
  run(sent_at + seconds{29});
  EXPECT_EQ(sent_.size(), 2U);
  run(sent_at + seconds{32});
  EXPECT_EQ(sent_.size(), 3U);
  run(sent_at + hours{1});
  EXPECT_LE(sent_.size(), 50U);
  EXPECT_GE(sent_.size(), 40U);
}

TEST_F(FeedLimits, AStreamThatIsNotWantedAnyMoreIsNotAskedForAgain) {
  LineId const line = go_live();
  feed_.add_symbol(SymbolIndex{2}, Symbol::parse("LATE").value());
  run(now_ + seconds{1});
  feed_.remove_symbol(SymbolIndex{2});
  run(now_ + seconds{1});
  on(RequestAnswered{line, 2, false});
  run(now_ + hours{1});
  EXPECT_THAT(sent_, testing::ElementsAre(testing::HasSubstr("\"SUBSCRIBE\""),
                                          testing::HasSubstr("\"UNSUBSCRIBE\"")));
}

}  // namespace
}  // namespace k2::feed
