#include "tools/sim/exchange_dialogue.hpp"

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

// The exchange with one fault that begins with the first advance().
class FaultyExchange : public ExchangeDialogue {
 protected:
  Actions begin(std::string_view fault, Now now = at(0s)) {
    faults_.add(parse_fault(fault).value(), now.mono, 0);
    return advance(now);
  }
};

TEST_F(FaultyExchange, ADropEndsOnlyItsSession) {
  open(kAnna, "/ws/bnbbtc@trade");
  open(kBert, "/ws/bnbbtc@trade");
  EXPECT_THAT(begin("drop on=oldest"), ElementsAre(DropSession{kAnna, DropKind::kReset}));
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kBert, kTrade}));
}

TEST_F(FaultyExchange, ACloseSaysItsCodeAndReason) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_THAT(begin("close code=1008 reason=Pong_timeout"),
              ElementsAre(CloseSession{kAnna, 1008, "Pong timeout"}));
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
}

TEST_F(FaultyExchange, ACloseWithoutAFrameIsADrop) {
  open(kAnna, "/ws");
  EXPECT_THAT(begin("close code=1006"), ElementsAre(DropSession{kAnna, DropKind::kReset}));
}

TEST_F(FaultyExchange, AShutdownIsAnnouncedInBothFormsAndComes) {
  open(kAnna, "/ws/bnbbtc@trade");
  open(kBert, "/stream?streams=bnbbtc@trade");
  EXPECT_THAT(
      begin("server-shutdown lead=3s", at(1s)),
      ElementsAre(SendText{kAnna, R"({"e":"serverShutdown","E":1700000001000})"},
                  SendText{kBert, R"({"stream":"!serverShutdown","data":{"e":"serverShutdown",)"
                                  R"("E":1700000001000}})"}));
  EXPECT_EQ(publish("bnbbtc@trade", at(2s)).size(), 2U);
  EXPECT_EQ(exchange_.next_deadline(), MonoTime{4s});
  EXPECT_THAT(tick(at(4s)),
              ElementsAre(CloseSession{kAnna, 1001, ""}, CloseSession{kBert, 1001, ""}));
  EXPECT_THAT(advance(at(4s)), IsEmpty());
  EXPECT_THAT(faults_.list(), IsEmpty());
}

TEST_F(FaultyExchange, AShutdownTellsMicrosecondsWhereTheyAreAsked) {
  open(kAnna, "/ws?timeUnit=MICROSECOND");
  EXPECT_THAT(begin("server-shutdown"),
              ElementsAre(SendText{kAnna, R"({"e":"serverShutdown","E":1700000000000000})"}));
}

TEST_F(FaultyExchange, FramesOfABurstAreNotSent) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_EQ(publish("bnbbtc@trade").size(), 1U);
  begin("lose frames=2");
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  EXPECT_EQ(publish("bnbbtc@trade").size(), 1U);
}

TEST_F(FaultyExchange, AFrameIsSentTwice) {
  open(kAnna, "/ws/bnbbtc@trade");
  begin("duplicate");
  EXPECT_THAT(publish("bnbbtc@trade"),
              ElementsAre(SendText{kAnna, kTrade}, SendText{kAnna, kTrade}));
  EXPECT_EQ(publish("bnbbtc@trade").size(), 1U);
}

TEST_F(FaultyExchange, AFrameGoesOutBehindTheNext) {
  open(kAnna, "/ws/bnbbtc@trade/other@trade");
  begin("reorder");
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  Publication second = trade_on("other@trade");
  second.data = "{}";
  Actions actions;
  exchange_.publish(second, at(1s), actions);
  EXPECT_THAT(actions, ElementsAre(SendText{kAnna, "{}"}, SendText{kAnna, kTrade}));
}

TEST_F(FaultyExchange, AFrameHeldBackGoesOutInTheEndThoughNoOtherFollows) {
  open(kAnna, "/ws/bnbbtc@trade");
  begin("reorder");
  EXPECT_THAT(publish("bnbbtc@trade", at(1s)), IsEmpty());
  EXPECT_EQ(exchange_.next_deadline(), MonoTime{1500ms});
  EXPECT_THAT(tick(at(1500ms)), ElementsAre(SendText{kAnna, kTrade}));
}

TEST_F(FaultyExchange, BadJsonIsHalfAFrame) {
  open(kAnna, "/ws/bnbbtc@trade");
  begin("bad-json");
  EXPECT_THAT(
      publish("bnbbtc@trade"),
      ElementsAre(SendText{kAnna, R"({"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p)"}));
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, kTrade}));
}

TEST_F(FaultyExchange, AnOversizedFrameHasTheBytesAskedFor) {
  open(kAnna, "/ws/bnbbtc@trade");
  begin("oversize bytes=300");
  std::string const large = std::string{kTrade} + std::string(300 - kTrade.size(), ' ');
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, large}));
}

TEST_F(FaultyExchange, AMutedStreamIsSilentWhilePingsGoOn) {
  open(kAnna, "/ws/bnbbtc@trade/other@trade");
  begin("mute stream=bnbbtc@trade");
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  EXPECT_EQ(publish("other@trade").size(), 1U);
  EXPECT_THAT(tick(at(20s)), ElementsAre(SendPing{kAnna, "1700000020000"}));
  open(kBert, "/ws/bnbbtc@trade", at(21s));
  EXPECT_THAT(publish("bnbbtc@trade", at(22s)), ElementsAre(SendText{kBert, kTrade}));
}

TEST_F(FaultyExchange, AHalfOpenSessionIsForgottenAndResetInTheEnd) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_THAT(begin("half-open for=30s"), ElementsAre(HoldLink{kAnna}));
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  EXPECT_THAT(tick(at(20s)), IsEmpty());
  EXPECT_THAT(text(kAnna, R"({"method":"LIST_SUBSCRIPTIONS","id":1})", at(20s)), IsEmpty());
  EXPECT_THAT(exchange_.session_ids(), IsEmpty());
  EXPECT_EQ(exchange_.stream_count(), 0U);
  EXPECT_THAT(advance(at(30s)), ElementsAre(DropSession{kAnna, DropKind::kReset}));
}

TEST_F(FaultyExchange, AHalfOpenSessionThatTheClientLeftEndsTheFault) {
  open(kAnna, "/ws");
  begin("half-open");
  exchange_.closed(kAnna);
  EXPECT_THAT(advance(at(1s)), IsEmpty());
  EXPECT_THAT(faults_.list(), IsEmpty());
}

TEST_F(FaultyExchange, ABlackHoleHoldsTheLinksAndLetsThemGo) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_THAT(begin("black-hole for=5s"), ElementsAre(HoldLink{kAnna}));
  EXPECT_THAT(open(kBert, "/ws", at(1s)), ElementsAre(HoldLink{kBert}));
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, kTrade}));
  EXPECT_THAT(advance(at(5s)),
              ElementsAre(ReleaseLink{kAnna}, ReleaseLink{kBert}, ReleaseConnects{}));
}

TEST_F(FaultyExchange, ALinkIsHeldUntilTheLastBlackHoleIsGone) {
  open(kAnna, "/ws");
  begin("black-hole for=5s");
  EXPECT_THAT(begin("black-hole on=one for=9s", at(1s)), IsEmpty());
  EXPECT_THAT(advance(at(5s)), ElementsAre(ReleaseConnects{}));
  EXPECT_THAT(advance(at(10s)), ElementsAre(ReleaseLink{kAnna}, ReleaseConnects{}));
}

TEST_F(FaultyExchange, SlowBytesTellTheirRate) {
  open(kAnna, "/ws");
  EXPECT_THAT(begin("slow-bytes rate=50 for=5s"), ElementsAre(SlowLink{kAnna, 50}));
  EXPECT_THAT(advance(at(5s)), ElementsAre(SlowLink{kAnna, 0}));
}

TEST_F(FaultyExchange, LateDataComesAfterTheAcknowledgement) {
  begin("late-data delay=3s for=10s");
  open(kAnna, "/ws/bnbbtc@trade", at(1s));
  EXPECT_THAT(text(kAnna, R"({"method":"SUBSCRIBE","params":["other@trade"],"id":7})", at(2s)),
              ElementsAre(SendText{kAnna, R"({"result":null,"id":7})"}));
  EXPECT_THAT(publish("bnbbtc@trade", at(3999ms)), IsEmpty());
  EXPECT_EQ(publish("bnbbtc@trade", at(4s)).size(), 1U);
  EXPECT_THAT(publish("other@trade", at(4999ms)), IsEmpty());
  EXPECT_EQ(publish("other@trade", at(5s)).size(), 1U);
}

TEST_F(FaultyExchange, LateDataSparesTheConnectionsThatWereThere) {
  open(kAnna, "/ws/bnbbtc@trade");
  begin("late-data delay=3s");
  EXPECT_EQ(publish("bnbbtc@trade").size(), 1U);
}

}  // namespace
}  // namespace k2::sim
