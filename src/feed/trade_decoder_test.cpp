#include "feed/trade_decoder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace k2::feed {
namespace {

constexpr UtcTime kReceived{std::chrono::microseconds{1'700'000'000'000'000}};

UtcTime at_us(std::int64_t us) {
  return UtcTime{std::chrono::microseconds{us}};
}

/// The result of decode() for one frame.
struct Decoded {
  FrameKind kind = FrameKind::kNotJson;
  Trade trade;
  Error why;
};

class TradeDecoderTest : public testing::Test {
 protected:
  TradeDecoderTest() {
    for (auto const* text : {"BTCUSDT", "BNBBTC", "PEPEUSDT", "这是测试币456"}) {
      symbols_.add(Symbol::parse(text).value());
    }
  }

  /// Decodes the frame with `slack` behind it, as a receive buffer has the next frame there.
  Decoded decode(std::string_view frame, std::string slack = {}) {
    slack.resize(64, ' ');
    bytes_.assign(frame).append(slack);
    Decoded decoded;
    std::string_view const view{bytes_.data(), frame.size()};
    decoded.kind = decoder_.decode(view, kReceived, decoded.trade, &decoded.why);
    return decoded;
  }

  SymbolTable symbols_;
  TradeDecoder decoder_{symbols_};
  std::string bytes_;
};

constexpr std::string_view kCombined =
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
    R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}})";

/// The trade of kCombined.
Trade combined_trade() {
  Trade trade;
  trade.symbol = SymbolIndex{0};
  trade.side = Side::kSell;
  trade.id = TradeId{3'735'683'259};
  trade.price = Price::from_mantissa(6'183'763'000'000);
  trade.quantity = Quantity::from_mantissa(2'000'000);
  trade.traded_at = at_us(1'723'161'255'342'000);
  trade.event_at = at_us(1'723'161'255'343'000);
  trade.received_at = kReceived;
  return trade;
}

using TradeDecoderShapes = TradeDecoderTest;

TEST_F(TradeDecoderShapes, ReadsTheExchangesOwnLayout) {
  auto const decoded = decode(kCombined);
  EXPECT_EQ(decoded.kind, FrameKind::kTrade);
  EXPECT_EQ(decoded.trade, combined_trade());
  EXPECT_EQ(decoder_.count(FrameKind::kTrade), 1U);
}

TEST_F(TradeDecoderShapes, ReadsTheSameTradeFromEveryOtherShape) {
  std::vector<std::string> const shapes{
      // raw
      R"({"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,"p":"61837.63000000",)"
      R"("q":"0.02000000","T":1723161255342,"m":true,"M":true})",
      // microseconds
      R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343000,"s":"BTCUSDT",)"
      R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342000,)"
      R"("m":true,"M":false}})",
      // the order ids b and a of frames before 2024-06
      R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
      R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","b":88,"a":50,)"
      R"("T":1723161255342,"m":true,"M":true}})",
      // unknown keys of every type
      R"({"stream":"btcusdt@trade","version":2,"data":{"e":"trade","E":1723161255343,)"
      R"("x":null,"y":[1,{"t":2},"t"],"z":{"t":1,"p":"2"},"w":-1.5e-3,"s":"BTCUSDT",)"
      R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true}})",
      // another order, the data before the stream
      R"({"data":{"M":true,"m":true,"T":1723161255342,"q":"0.02000000","p":"61837.63000000",)"
      R"("t":3735683259,"s":"BTCUSDT","E":1723161255343,"e":"trade"},"stream":"btcusdt@trade"})",
      // blanks
      "{ \"stream\" : \"btcusdt@trade\" ,\n \"data\" : { \"e\" : \"trade\" , \"E\" : 1723161255343 "
      ","
      "\t\"s\" : \"BTCUSDT\" , \"t\" : 3735683259 , \"p\" : \"61837.63000000\" , "
      "\"q\" : \"0.02000000\" ,\r\n \"T\" : 1723161255342 , \"m\" : true , \"M\" : true } }\n",
      // short decimals
      R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
      R"("t":3735683259,"p":"61837.63","q":"0.02","T":1723161255342,"m":true,"M":true}})",
      // escapes in keys and values
      R"({"stream":"btcusdt@trade","data":{"\u0065":"tr\u0061de","E":1723161255343,)"
      R"("s":"BTC\u0055SDT","t":3735683259,"p":"61837\u002e63000000","q":"0.02000000",)"
      R"("T":1723161255342,"m":true,"M":true}})",
      // without the stream's name
      R"({"data":{"e":"trade","E":1723161255343,"s":"BTCUSDT","t":3735683259,)"
      R"("p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}})",
      // the last of two equal keys
      R"({"e":"trade","E":1723161255343,"s":"BNBBTC","t":1,"p":"1","q":"1","T":1,"m":false,)"
      R"("s":"BTCUSDT","t":3735683259,"p":"61837.63","q":"0.02","T":1723161255342,"m":true})"};
  for (auto const& shape : shapes) {
    auto const decoded = decode(shape);
    EXPECT_EQ(decoded.kind, FrameKind::kTrade) << shape;
    EXPECT_EQ(decoded.trade, combined_trade()) << shape;
  }
  EXPECT_EQ(decoder_.count(FrameKind::kTrade), shapes.size());
}

TEST_F(TradeDecoderShapes, LeavesTheEventTimeOutWhenTheFrameDoes) {
  auto const decoded =
      decode(R"({"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"2","T":1723161255342,"m":false})");
  EXPECT_EQ(decoded.kind, FrameKind::kTrade);
  EXPECT_EQ(decoded.trade.event_at, kNoTime);
  EXPECT_EQ(decoded.trade.side, Side::kBuy);
}

TEST_F(TradeDecoderShapes, KeepsTheSmallestPriceAndTheLargestQuantityExact) {
  auto const decoded = decode(
      R"({"stream":"pepeusdt@trade","data":{"e":"trade","E":1723161255343,"s":"PEPEUSDT","t":7,)"
      R"("p":"0.00000001","q":"92141578736.00000000","T":1723161255342,"m":false,"M":true}})");
  EXPECT_EQ(decoded.kind, FrameKind::kTrade);
  EXPECT_EQ(decoded.trade.price.mantissa(), 1);
  EXPECT_EQ(decoded.trade.quantity.mantissa(), 9'214'157'873'600'000'000);
  EXPECT_EQ(decoded.trade.quantity.to_string(), "92141578736.00000000");
}

TEST_F(TradeDecoderShapes, TakesIdsUpToTheLargestInt64) {
  auto const decoded =
      decode(R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
             R"("t":9223372036854775807,"p":"1.00000000","q":"1.00000000","T":1723161255342,)"
             R"("m":true,"M":true}})");
  EXPECT_EQ(decoded.kind, FrameKind::kTrade);
  EXPECT_EQ(decoded.trade.id, TradeId{9'223'372'036'854'775'807});
}

TEST_F(TradeDecoderShapes, ReadsSymbolsBeyondAsciiRawAndEscaped) {
  for (auto const* name : {"这是测试币456", R"(\u8fd9\u662F\u6d4b\u8bd5\u5e01456)"}) {
    std::string frame{R"({"stream":")"};
    frame.append(name).append(R"(@trade","data":{"e":"trade","E":1723161255343,"s":")");
    frame.append(name).append(R"(","t":9,"p":"1.50000000","q":"2.00000000","T":1723161255342,)");
    frame.append(R"("m":false,"M":true}})");
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kTrade) << name;
    EXPECT_EQ(decoded.trade.symbol, SymbolIndex{3});
    EXPECT_EQ(decoded.trade.price.mantissa(), 150'000'000);
  }
}

TEST_F(TradeDecoderShapes, KnowsSymbolsThatJoinLater) {
  constexpr std::string_view kEther =
      R"({"stream":"ethusdt@trade","data":{"e":"trade","E":1723161255343,"s":"ETHUSDT","t":5,)"
      R"("p":"2683.80000000","q":"0.00200000","T":1723161255342,"m":true,"M":true}})";
  EXPECT_EQ(decode(kEther).kind, FrameKind::kUnknownSymbol);
  symbols_.add(Symbol::parse("ETHUSDT").value());
  for (int again = 0; again < 2; ++again) {
    auto const decoded = decode(kEther);
    EXPECT_EQ(decoded.kind, FrameKind::kTrade);
    EXPECT_EQ(decoded.trade.symbol, SymbolIndex{4});
  }
}

using TradeDecoderDamage = TradeDecoderTest;

TEST_F(TradeDecoderDamage, TakesNoFrameThatIsCutAnywhere) {
  std::string const raw{kCombined.substr(33, kCombined.size() - 34)};
  ASSERT_EQ(decode(raw).kind, FrameKind::kTrade);
  for (std::string_view const whole : {kCombined, std::string_view{raw}}) {
    for (std::size_t length = 0; length < whole.size(); ++length) {
      // The bytes that were cut off are still behind the frame, as in a buffer that is being
      // filled.
      std::string const rest{whole.substr(length)};
      EXPECT_EQ(decode(whole.substr(0, length), rest).kind, FrameKind::kNotJson) << length;
      EXPECT_EQ(decode(whole.substr(0, length)).kind, FrameKind::kNotJson) << length;
    }
  }
}

TEST_F(TradeDecoderDamage, CallsWhatIsNotJsonByItsName) {
  for (auto const* frame : {"",
                            " ",
                            "{",
                            "}",
                            "nonsense",
                            "{\"e\":\"trade\"",
                            "{\"e\" \"trade\"}",
                            "{\"e\":trade}",
                            "{\"e\":\"trade\",}",
                            "{,}",
                            "{\"t\":01}",
                            "{\"t\":1.}",
                            "{\"t\":-}",
                            "{\"t\":1e}",
                            "{\"t\":+1}",
                            "{\"m\":tru}",
                            "{\"m\":truee}",
                            "{\"x\":nul}",
                            "{\"x\":\"\\q\"}",
                            "{\"x\":\"\\ud800\"}",
                            "{\"x\":[1,2}",
                            "{\"x\":[1 2]}",
                            "{} {}",
                            "[1,2",
                            "[[[[[",
                            "[[[[[}",
                            "{\"x\":[[[[}",
                            "[1,]",
                            "12",
                            "\"text\"",
                            "null",
                            "{\"x\":\"\n\"}",
                            "{\"x\":\"\xFF\"}",
                            "{'e':'trade'}",
                            "{1:2}"}) {
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kNotJson) << frame;
    EXPECT_EQ(decoded.why.code, Errc::kJsonSyntax) << frame;
  }
}

TEST_F(TradeDecoderDamage, RefusesNestingWithoutABottom) {
  std::string deep{R"({"x":)"};
  deep.append(10'000, '[').append(10'000, ']').append("}");
  EXPECT_EQ(decode(deep).kind, FrameKind::kNotJson);
}

TEST_F(TradeDecoderDamage, SaysWhichFieldIsMissing) {
  std::vector<std::pair<std::string, std::string>> const frames{
      {R"({"e":"trade","t":1,"p":"1","q":"1","T":1,"m":true})", "s"},
      {R"({"e":"trade","s":"BTCUSDT","p":"1","q":"1","T":1,"m":true})", "t"},
      {R"({"e":"trade","s":"BTCUSDT","t":1,"q":"1","T":1,"m":true})", "p"},
      {R"({"e":"trade","s":"BTCUSDT","t":1,"p":"1","T":1,"m":true})", "q"},
      {R"({"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","m":true})", "T"},
      {R"({"e":"trade","s":"BTCUSDT","t":1,"p":"1","q":"1","T":1})", "m"},
      {R"({"stream":"btcusdt@trade","data":{"s":"BTCUSDT","t":1}})", "e"},
      {R"({"stream":"btcusdt@trade","data":null})", "e"},
      {R"({"stream":"btcusdt@trade"})", "e"}};
  for (auto const& [frame, key] : frames) {
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kBadTrade) << frame;
    EXPECT_EQ(decoded.why, (Error{Errc::kFieldMissing, key})) << frame;
  }
}

TEST_F(TradeDecoderDamage, SaysWhichFieldIsWrong) {
  std::vector<std::pair<std::string, Error>> const members{
      {R"("t":-1)", Error{Errc::kFieldInvalid, "t"}},
      {R"("t":9223372036854775808)", Error{Errc::kFieldInvalid, "t"}},
      {R"("t":99999999999999999999999999)", Error{Errc::kFieldInvalid, "t"}},
      {R"("t":1.0)", Error{Errc::kFieldInvalid, "t"}},
      {R"("t":1e3)", Error{Errc::kFieldInvalid, "t"}},
      {R"("t":"1")", Error{Errc::kFieldInvalid, "t"}},
      {R"("t":null)", Error{Errc::kFieldInvalid, "t"}},
      {R"("s":5)", Error{Errc::kFieldInvalid, "s"}},
      {R"("p":61837.63)", Error{Errc::kFieldInvalid, "p"}},
      {R"("p":null)", Error{Errc::kFieldInvalid, "p"}},
      {R"("p":"")", Error{Errc::kDecimalSyntax, "p"}},
      {R"("p":"-1.0")", Error{Errc::kDecimalSyntax, "p: -1.0"}},
      {R"("p":"1e5")", Error{Errc::kDecimalSyntax, "p: 1e5"}},
      {R"("p":"0.000000001")", Error{Errc::kDecimalRange, "p: 0.000000001"}},
      {R"("q":"92233720368.54775808")", Error{Errc::kDecimalRange, "q: 92233720368.54775808"}},
      {R"("q":["1"])", Error{Errc::kFieldInvalid, "q"}},
      {R"("T":-5)", Error{Errc::kFieldInvalid, "T"}},
      {R"("T":9223372036854775807)", Error{Errc::kFieldInvalid, "T"}},
      {R"("T":{"at":1})", Error{Errc::kFieldInvalid, "T"}},
      {R"("E":"1")", Error{Errc::kFieldInvalid, "E"}},
      {R"("E":-1)", Error{Errc::kFieldInvalid, "E"}},
      {R"("m":"true")", Error{Errc::kFieldInvalid, "m"}},
      {R"("m":1)", Error{Errc::kFieldInvalid, "m"}}};
  for (auto const& [member, why] : members) {
    // A later key overrides an earlier one.
    std::string const frame{
        R"({"e":"trade","E":1,"s":"BTCUSDT","t":1,"p":"1","q":"1","T":1,"m":true,)" + member + "}"};
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kBadTrade) << frame;
    EXPECT_EQ(decoded.why, why) << frame;
  }
}

TEST_F(TradeDecoderDamage, NamesTheSymbolThatNobodyAskedFor) {
  for (auto const* frame : {R"({"e":"trade","s":"DOGEUSDT","t":1,"p":"1","q":"1","T":1,"m":true})",
                            R"({"e":"kline","s":"DOGEUSDT","k":{"t":1}})"}) {
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kUnknownSymbol);
    EXPECT_EQ(decoded.why, (Error{Errc::kSymbolUnknown, "DOGEUSDT"}));
  }
}

TEST_F(TradeDecoderDamage, CarriesOnAfterAnyOfIt) {
  for (auto const* frame : {"{\"x\":[", "\xFF", R"({"e":"trade"})", "{}", ""}) {
    (void)decode(frame);
    EXPECT_EQ(decode(kCombined).trade, combined_trade());
    EXPECT_EQ(decode(std::string{kCombined} + " ").trade, combined_trade());
  }
}

using TradeDecoderReplies = TradeDecoderTest;

TEST_F(TradeDecoderReplies, TellsAnAnswer) {
  for (auto const* frame :
       {R"({"result":null,"id":17})", R"({"id":17,"result":null})",
        R"({"result":["btcusdt@trade"],"id":17})", R"({"result":true,"id":17})"}) {
    EXPECT_EQ(decode(frame).kind, FrameKind::kReply) << frame;
    EXPECT_EQ(decoder_.reply(), (Reply{17, 0, ""})) << frame;
  }
  EXPECT_EQ(decode(R"({"result":null,"id":"abc"})").kind, FrameKind::kReply);
  EXPECT_EQ(decoder_.reply(), Reply{});
}

TEST_F(TradeDecoderReplies, TellsARefusalInBothShapes) {
  for (auto const* frame : {R"({"code":2,"msg":"Invalid request","id":3})",
                            R"({"error":{"code":2,"msg":"Invalid request"},"id":3})"}) {
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kReplyError) << frame;
    EXPECT_EQ(decoded.why, (Error{Errc::kExchangeError, "2 Invalid request"}));
    EXPECT_EQ(decoder_.reply(), (Reply{3, 2, "Invalid request"}));
  }
  EXPECT_EQ(decode(R"({"code":3,"msg":"Invalid JSON: expected value at line 1"})").kind,
            FrameKind::kReplyError);
  EXPECT_EQ(decoder_.reply().id, std::nullopt);
  EXPECT_EQ(decode(R"({"error":"no"})").kind, FrameKind::kReplyError);
}

TEST_F(TradeDecoderReplies, HearsTheGoodbyeInBothShapes) {
  for (auto const* frame :
       {R"({"e":"serverShutdown","E":1770123456789})",
        R"({"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}})"}) {
    EXPECT_EQ(decode(frame).kind, FrameKind::kServerShutdown) << frame;
  }
}

TEST_F(TradeDecoderReplies, CountsOtherEventsWithoutComplaint) {
  std::vector<std::string> const frames{
      R"({"u":400900217,"s":"BNBUSDT","b":"25.35190000","B":"31.21000000","a":"25.36520000","A":"40.66"})",
      R"({"stream":"bnbusdt@bookTicker","data":{"u":4,"s":"BNBUSDT","b":"2","B":"3","a":"2","A":"4"}})",
      R"({"stream":"btcusdt@depth5","data":{"lastUpdateId":160,"bids":[["1","2"]],"asks":[]}})",
      R"({"e":"aggTrade","E":1,"s":"BTCUSDT","a":1,"p":"1","q":"1","f":1,"l":2,"T":1,"m":true})",
      R"({"e":"referencePrice","s":"BTCUSDT","r":null,"t":1})",
      R"({"e":"24hrTicker","s":"BTCUSDT","p":"-1.5","t":"x"})",
      R"({"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker","s":"BTCUSDT"}]})",
      R"([{"e":"24hrMiniTicker","s":"BTCUSDT"}])",
      R"([])",
      R"({})",
      R"({"e":null})",
      R"({"id":5})",
      R"({"code":5})"};
  for (auto const& frame : frames) {
    EXPECT_EQ(decode(frame).kind, FrameKind::kOtherEvent) << frame;
  }
  EXPECT_EQ(decoder_.count(FrameKind::kOtherEvent), frames.size());
}

using TradeDecoderKlines = TradeDecoderTest;

TEST_F(TradeDecoderKlines, ReadsWhatTheAuditNeeds) {
  auto const decoded = decode(
      R"({"stream":"bnbbtc@kline_1m","data":{"e":"kline","E":1672515782136,"s":"BNBBTC","k":{)"
      R"("t":1672515780000,"T":1672515839999,"s":"BNBBTC","i":"1m","f":100,"L":200,"o":"0.0010",)"
      R"("c":"0.0020","h":"0.0025","l":"0.0015","v":"1000","n":101,"x":true,"q":"1.0000",)"
      R"("V":"500","Q":"0.500","B":"123456"}}})");
  EXPECT_EQ(decoded.kind, FrameKind::kKline);
  Kline const expected{SymbolIndex{1},
                       at_us(1'672'515'780'000'000),
                       at_us(1'672'515'839'999'000),
                       IdRange{TradeId{100}, TradeId{200}},
                       101,
                       true};
  EXPECT_EQ(decoder_.kline(), expected);
}

TEST_F(TradeDecoderKlines, AllowsAMinuteWithoutTrades) {
  auto const decoded =
      decode(R"({"e":"kline","E":1,"s":"BTCUSDT","k":{"t":1672515780000,"T":1672515839999,"f":-1,)"
             R"("L":-1,"n":0,"x":false}})");
  EXPECT_EQ(decoded.kind, FrameKind::kKline);
  EXPECT_EQ(decoder_.kline().trades, std::nullopt);
  EXPECT_EQ(decoder_.kline().trade_count, 0U);
  EXPECT_FALSE(decoder_.kline().closed);
}

TEST_F(TradeDecoderKlines, SaysWhatIsWrongAndKeepsTheLastGoodOne) {
  std::vector<std::pair<std::string, Error>> const frames{
      {R"({"e":"kline","k":{}})", Error{Errc::kFieldMissing, "s"}},
      {R"({"e":"kline","s":"BTCUSDT"})", Error{Errc::kFieldMissing, "k"}},
      {R"({"e":"kline","s":"BTCUSDT","k":[]})", Error{Errc::kFieldInvalid, "k"}},
      {R"({"e":"kline","s":"BTCUSDT","k":{"T":2,"f":1,"L":1,"n":1,"x":true}})",
       Error{Errc::kFieldMissing, "k.t"}},
      {R"({"e":"kline","s":"BTCUSDT","k":{"t":1,"T":2,"f":1,"L":1,"n":1,"x":1}})",
       Error{Errc::kFieldInvalid, "k.x"}},
      {R"({"e":"kline","s":"BTCUSDT","k":{"t":1,"T":2,"f":5,"L":4,"n":1,"x":true}})",
       Error{Errc::kFieldInvalid, "k.L"}},
      {R"({"e":"kline","s":"BTCUSDT","k":{"t":1,"T":2,"f":-2,"L":4,"n":1,"x":true}})",
       Error{Errc::kFieldInvalid, "k.f"}},
      {R"({"e":"kline","s":"BTCUSDT","k":{"t":1,"T":2,"f":1,"L":4,"n":-1,"x":true}})",
       Error{Errc::kFieldInvalid, "k.n"}}};
  for (auto const& [frame, why] : frames) {
    auto const decoded = decode(frame);
    EXPECT_EQ(decoded.kind, FrameKind::kBadKline) << frame;
    EXPECT_EQ(decoded.why, why) << frame;
  }
  EXPECT_EQ(decoder_.kline(), Kline{});
}

TEST(FrameKind, EveryKindHasANameOfItsOwn) {
  std::vector<std::string_view> names;
  for (std::size_t kind = 0; kind < kFrameKinds; ++kind) {
    auto const name = frame_kind_name(static_cast<FrameKind>(kind));
    EXPECT_NE(name, "unknown");
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 0);
    names.push_back(name);
  }
}

}  // namespace
}  // namespace k2::feed
