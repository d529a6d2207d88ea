#include "tools/sim/exchange_dialogue.hpp"

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_F(ExchangeDialogue, SendsAFrameByteForByteOnARawStream) {
  EXPECT_THAT(open(kAnna, "/ws/bnbbtc@trade"), IsEmpty());
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, kTrade}));
}

TEST_F(ExchangeDialogue, WrapsAFrameOnACombinedStream) {
  open(kAnna, "/stream?streams=bnbbtc@trade/btcusdt@trade");
  std::string const wrapped = R"({"stream":"bnbbtc@trade","data":)" + std::string{kTrade} + "}";
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, wrapped}));
}

TEST_F(ExchangeDialogue, GivesTimesSixteenDigitsWhereMicrosecondsAreAsked) {
  open(kAnna, "/ws/bnbbtc@trade?timeUnit=MICROSECOND");
  EXPECT_THAT(publish("bnbbtc@trade"),
              ElementsAre(SendText{
                  kAnna, R"({"e":"trade","E":1672515782136000,"s":"BNBBTC","t":12345,"p":"0.001",)"
                         R"("q":"100","T":1672515782130000,"m":true,"M":true})"}));
}

TEST_F(ExchangeDialogue, SendsOnlyWhatIsSubscribed) {
  open(kAnna, "/ws/bnbbtc@trade");
  open(kBert, "/ws/btcusdt@trade");
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, kTrade}));
  EXPECT_THAT(publish("ethusdt@trade"), IsEmpty());
  exchange_.closed(kAnna);
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
}

TEST_F(ExchangeDialogue, AnswersSubscribeAndDeliversFromThenOn) {
  open(kAnna, "/ws/0");
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  EXPECT_THAT(text(kAnna, R"({"method":"SUBSCRIBE","params":["bnbbtc@trade"],"id":7})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"result":null,"id":7})"}));
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, kTrade}));
}

TEST_F(ExchangeDialogue, SubscribingTwiceIsAckedAndSendsOneCopy) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_THAT(text(kAnna, R"({"method":"SUBSCRIBE","params":["bnbbtc@trade"],"id":1})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"result":null,"id":1})"}));
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, kTrade}));
}

TEST_F(ExchangeDialogue, UnknownStreamsAreAckedListedAndSilent) {
  open(kAnna, "/stream");
  EXPECT_THAT(text(kAnna, R"({"method":"SUBSCRIBE","params":["NOPE@what"],"id":null})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"result":null,"id":null})"}));
  EXPECT_THAT(text(kAnna, R"({"method":"LIST_SUBSCRIPTIONS","id":3})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"result":["NOPE@what"],"id":3})"}));
}

TEST_F(ExchangeDialogue, UnsubscribeEndsTheStream) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_THAT(
      text(kAnna, R"({"method":"UNSUBSCRIBE","params":["bnbbtc@trade"],"id":"a-b"})", at(0s)),
      ElementsAre(SendText{kAnna, R"({"result":null,"id":"a-b"})"}));
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  EXPECT_EQ(exchange_.stream_count(), 0U);
}

TEST_F(ExchangeDialogue, ThePropertyCombinedSwitchesTheEnvelope) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_THAT(text(kAnna, R"({"method":"GET_PROPERTY","params":["combined"],"id":1})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"result":false,"id":1})"}));
  EXPECT_THAT(text(kAnna, R"({"method":"SET_PROPERTY","params":["combined",true],"id":2})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"result":null,"id":2})"}));
  std::string const wrapped = R"({"stream":"bnbbtc@trade","data":)" + std::string{kTrade} + "}";
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kAnna, wrapped}));
}

TEST_F(ExchangeDialogue, TheSixthMessageWithinASecondEndsTheSession) {
  open(kAnna, "/ws");
  std::string const list = R"({"method":"LIST_SUBSCRIPTIONS","id":1})";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(text(kAnna, list, at(i * 100ms)).size(), 1U);
  Actions actions;
  exchange_.ping_received(kAnna, "x", at(300ms), actions);
  exchange_.pong_received(kAnna, at(400ms), actions);
  EXPECT_THAT(actions, ElementsAre(SendPong{kAnna, "x"}));
  EXPECT_THAT(text(kAnna, list, at(999ms)),
              ElementsAre(CloseSession{kAnna, 1008, "Too many requests"}));
  EXPECT_THAT(text(kAnna, list, at(5s)), IsEmpty());
}

TEST_F(ExchangeDialogue, FiveMessagesASecondAreFineForEver) {
  open(kAnna, "/ws");
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(
        text(kAnna, R"({"method":"GET_PROPERTY","params":["combined"],"id":1})", at(i * 200ms)),
        ElementsAre(SendText{kAnna, R"({"result":false,"id":1})"}));
  }
}

TEST_F(ExchangeDialogue, TheStream1025EndsTheSession) {
  std::string target = "/stream?streams=s0";
  for (int i = 1; i < 1024; ++i) target += "/s" + std::to_string(i);
  EXPECT_THAT(open(kAnna, target), IsEmpty());
  EXPECT_THAT(text(kAnna, R"({"method":"SUBSCRIBE","params":["more"],"id":1})", at(0s)),
              ElementsAre(SendText{kAnna, R"({"error":{"code":4,"msg":"Too many subscriptions"}})"},
                          CloseSession{kAnna, 1008, "Too many subscriptions"}));
  EXPECT_EQ(exchange_.stream_count(), 0U);
}

TEST_F(ExchangeDialogue, PingsEachTwentySecondsAndKeepsWhoAnswers) {
  open(kAnna, "/ws");
  EXPECT_EQ(exchange_.next_deadline(), MonoTime{20s});
  EXPECT_THAT(tick(at(19'999ms)), IsEmpty());
  EXPECT_THAT(tick(at(20s)), ElementsAre(SendPing{kAnna, "1700000020000"}));
  Actions actions;
  exchange_.pong_received(kAnna, at(21s), actions);
  EXPECT_THAT(tick(at(40s)), ElementsAre(SendPing{kAnna, "1700000040000"}));
  exchange_.pong_received(kAnna, at(41s), actions);
  EXPECT_THAT(tick(at(60s)), ElementsAre(SendPing{kAnna, "1700000060000"}));
  EXPECT_THAT(actions, IsEmpty());
}

TEST_F(ExchangeDialogue, AMinuteWithoutPongEndsTheSession) {
  open(kAnna, "/ws");
  EXPECT_EQ(tick(at(20s)).size(), 1U);
  EXPECT_EQ(tick(at(40s)).size(), 1U);
  EXPECT_EQ(tick(at(60s)).size(), 1U);
  EXPECT_THAT(tick(at(80s)), ElementsAre(CloseSession{kAnna, 1008, "Pong timeout"}));
  EXPECT_THAT(exchange_.session_ids(), IsEmpty());
}

TEST_F(ExchangeDialogue, ADayEndsTheSession) {
  open(kAnna, "/ws");
  Actions actions;
  for (auto now = 20s; now < 86'400s; now += 20s) {
    EXPECT_EQ(tick(at(now)).size(), 1U);
    exchange_.pong_received(kAnna, at(now), actions);
  }
  EXPECT_THAT(tick(at(24h)), ElementsAre(CloseSession{kAnna, 1001, ""}));
}

}  // namespace
}  // namespace k2::sim
