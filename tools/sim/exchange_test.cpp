#include "tools/sim/exchange.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr SessionId kAnna{1};
constexpr SessionId kBert{2};
constexpr std::string_view kTrade =
    R"({"e":"trade","E":1672515782136,"s":"BNBBTC","t":12345,"p":"0.001","q":"100",)"
    R"("T":1672515782130,"m":true,"M":true})";

Now at(std::chrono::nanoseconds since) {
  return {MonoTime{since},
          UtcTime{1'700'000'000s} + std::chrono::floor<std::chrono::microseconds>(since)};
}

Publication trade_on(std::string_view stream) {
  Publication publication;
  publication.kind = StreamKind::kTrade;
  publication.stream = stream;
  publication.data = kTrade;
  return publication;
}

class ExchangeDialogue : public testing::Test {
 protected:
  explicit ExchangeDialogue(std::vector<FaultSpec> const& specs = {}) : faults_(specs, 1) {
    faults_.start(MonoTime{});
  }

  Actions open(SessionId id, std::string_view target, Now now = at(0s)) {
    Actions actions;
    exchange_.opened(id, parse_stream_target(target).value(), now, actions);
    return actions;
  }
  Actions text(SessionId id, std::string_view message, Now now) {
    Actions actions;
    exchange_.text_received(id, message, now, actions);
    return actions;
  }
  Actions publish(std::string_view stream, Now now = at(1s)) {
    Actions actions;
    exchange_.publish(trade_on(stream), now, actions);
    return actions;
  }
  Actions tick(Now now) {
    Actions actions;
    exchange_.tick(now, actions);
    return actions;
  }

  Faults faults_;
  Exchange exchange_{ExchangeLimits{}, faults_};
};

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

TEST_F(ExchangeDialogue, AStrikeDropsOnlyItsSession) {
  open(kAnna, "/ws/bnbbtc@trade");
  open(kBert, "/ws/bnbbtc@trade");
  Actions actions;
  exchange_.strike({kAnna, DropKind::kReset}, actions);
  EXPECT_THAT(actions, ElementsAre(DropSession{kAnna, DropKind::kReset}));
  EXPECT_THAT(publish("bnbbtc@trade"), ElementsAre(SendText{kBert, kTrade}));
}

class LossyExchange : public ExchangeDialogue {
 protected:
  LossyExchange() : ExchangeDialogue({parse_fault("lose at=1s frames=2").value()}) {}
};

TEST_F(LossyExchange, FramesOfABurstAreNotSent) {
  open(kAnna, "/ws/bnbbtc@trade");
  EXPECT_EQ(publish("bnbbtc@trade", at(0s)).size(), 1U);
  std::vector<Strike> strikes;
  faults_.advance(MonoTime{1s}, 1, exchange_.session_ids(), strikes);
  EXPECT_THAT(publish("bnbbtc@trade", at(1s)), IsEmpty());
  EXPECT_THAT(publish("bnbbtc@trade", at(1s)), IsEmpty());
  EXPECT_EQ(publish("bnbbtc@trade", at(1s)).size(), 1U);
}

class RepeatingExchange : public ExchangeDialogue {
 protected:
  RepeatingExchange() : ExchangeDialogue({parse_fault("duplicate").value()}) {}
};

TEST_F(RepeatingExchange, AFrameIsSentTwice) {
  open(kAnna, "/ws/bnbbtc@trade");
  std::vector<Strike> strikes;
  faults_.advance(MonoTime{0s}, 0, exchange_.session_ids(), strikes);
  EXPECT_THAT(publish("bnbbtc@trade"),
              ElementsAre(SendText{kAnna, kTrade}, SendText{kAnna, kTrade}));
  EXPECT_EQ(publish("bnbbtc@trade").size(), 1U);
}

class ReorderingExchange : public ExchangeDialogue {
 protected:
  ReorderingExchange() : ExchangeDialogue({parse_fault("reorder").value()}) {}
};

TEST_F(ReorderingExchange, AFrameGoesOutBehindTheNext) {
  open(kAnna, "/ws/bnbbtc@trade/other@trade");
  std::vector<Strike> strikes;
  faults_.advance(MonoTime{0s}, 0, exchange_.session_ids(), strikes);
  EXPECT_THAT(publish("bnbbtc@trade"), IsEmpty());
  Publication second = trade_on("other@trade");
  second.data = "{}";
  Actions actions;
  exchange_.publish(second, at(1s), actions);
  EXPECT_THAT(actions, ElementsAre(SendText{kAnna, "{}"}, SendText{kAnna, kTrade}));
}

TEST_F(ReorderingExchange, AFrameHeldBackGoesOutInTheEndThoughNoOtherFollows) {
  open(kAnna, "/ws/bnbbtc@trade");
  std::vector<Strike> strikes;
  faults_.advance(MonoTime{0s}, 0, exchange_.session_ids(), strikes);
  EXPECT_THAT(publish("bnbbtc@trade", at(1s)), IsEmpty());
  EXPECT_EQ(exchange_.next_deadline(), MonoTime{1500ms});
  EXPECT_THAT(tick(at(1500ms)), ElementsAre(SendText{kAnna, kTrade}));
}

}  // namespace
}  // namespace k2::sim
