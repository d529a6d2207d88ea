#include "tools/sim/replay.hpp"

#include "tools/sim/memory_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr std::string_view kFirst =
    R"({"e":"trade","E":1723161255343,"s":"BTCUSDT","t":10,"p":"61837.63000000",)"
    R"("q":"0.02000000","T":1723161255342,"m":true,"M":true})";
constexpr std::string_view kSecond =
    R"({"e":"trade","E":1723161256343,"s":"BTCUSDT","t":11,"p":"61837.63000000",)"
    R"("q":"0.02000000","T":1723161256342,"m":false,"M":true})";
constexpr std::string_view kBook = R"({"u":400900217,"s":"BTCUSDT","b":"25.35190000"})";

std::string combined(std::string_view stream, std::string_view data) {
  return R"({"stream":")" + std::string{stream} + R"(","data":)" + std::string{data} + "}";
}

struct Played {
  std::string stream;
  std::string data;
  std::uint64_t id;
  RecordTime at;
};

std::vector<Played> play(Source& source, std::size_t most = 100) {
  std::vector<Played> all;
  Publication publication;
  while (all.size() < most && source.next(publication)) {
    all.push_back({std::string{publication.stream}, std::string{publication.data},
                   value(publication.trade.id), publication.at});
  }
  return all;
}

std::vector<std::unique_ptr<Lines>> files_of(
    std::vector<std::pair<std::string, std::vector<std::string>>> files) {
  std::vector<std::unique_ptr<Lines>> result;
  for (auto& [name, lines] : files) {
    result.push_back(std::make_unique<MemoryLines>(name, std::move(lines)));
  }
  return result;
}

TEST(Replay, FramesComeByteForByteWithTheirTrade) {
  SymbolTable symbols;
  Replay replay{files_of({{"a.jsonl", {combined("btcusdt@trade", kFirst)}}}), false, symbols};
  Publication publication;
  ASSERT_TRUE(replay.next(publication));
  EXPECT_EQ(publication.data, kFirst);
  EXPECT_EQ(publication.stream, "btcusdt@trade");
  EXPECT_EQ(publication.kind, StreamKind::kTrade);
  EXPECT_EQ(publication.unit, TimeUnit::kMillisecond);
  EXPECT_EQ(value(publication.trade.id), 10U);
  EXPECT_EQ(publication.trade.price.mantissa(), 6'183'763'000'000);
  EXPECT_EQ(publication.trade.quantity.mantissa(), 2'000'000);
  EXPECT_EQ(publication.trade.traded_at, UtcTime{1'723'161'255'342'000us});
  EXPECT_EQ(publication.trade.event_at, UtcTime{1'723'161'255'343'000us});
  EXPECT_TRUE(publication.trade.buyer_is_maker);
  EXPECT_EQ(symbols[publication.symbol].text(), "BTCUSDT");
  EXPECT_FALSE(replay.next(publication));
}

TEST(Replay, MergesFilesByTheTimeOfTheirRecording) {
  SymbolTable symbols;
  Replay replay{files_of({{"a",
                           {"1723161253000000000 " + combined("btcusdt@trade", kFirst),
                            "1723161255000000000 " + combined("btcusdt@trade", kSecond)}},
                          {"b", {"1723161254000000000 " + combined("btcusdt@bookTicker", kBook)}}}),
                false, symbols};
  auto const played = play(replay);
  ASSERT_EQ(played.size(), 3U);
  EXPECT_EQ(played[0].data, kFirst);
  EXPECT_EQ(played[1].data, kBook);
  EXPECT_EQ(played[2].data, kSecond);
  EXPECT_EQ(played[1].at, RecordTime{1'723'161'254s});
}

TEST(Replay, KeepsAFilesOwnOrderEvenWhenItsClockRunsBackwards) {
  SymbolTable symbols;
  Replay replay{files_of({{"a",
                           {"1723161255000000000 " + combined("btcusdt@trade", kFirst),
                            "1723161254000000000 " + combined("btcusdt@trade", kSecond)}}}),
                false, symbols};
  auto const played = play(replay);
  EXPECT_EQ(played[1].data, kSecond);
  EXPECT_EQ(played[1].at, RecordTime{1'723'161'255s});
}

TEST(Replay, ReadsOfficialTradesCsvOfTheSymbolInItsName) {
  SymbolTable symbols;
  Replay replay{files_of({{"x/ETHUSDT-trades-2026-09-15.csv",
                           {"id,price,qty,quote_qty,time,is_buyer_maker",
                            "7,1.50000000,2.00000000,3.00000000,1789430400017025,True,True",
                            "8,1.5,2,3,1789430400240,false\r"}}}),
                false, symbols};
  auto const played = play(replay);
  ASSERT_EQ(played.size(), 2U);
  EXPECT_EQ(played[0].stream, "ethusdt@trade");
  EXPECT_EQ(played[0].data,
            R"({"e":"trade","E":1789430400017025,"s":"ETHUSDT","t":7,"p":"1.50000000",)"
            R"("q":"2.00000000","T":1789430400017025,"m":true,"M":true})");
  EXPECT_EQ(played[1].data,
            R"({"e":"trade","E":1789430400240000,"s":"ETHUSDT","t":8,"p":"1.50000000",)"
            R"("q":"2.00000000","T":1789430400240000,"m":false,"M":true})");
  EXPECT_EQ(replay.counts().skipped, 1U);
}

TEST(Replay, ReadsTheLinesOfCryptofeed) {
  SymbolTable symbols;
  Replay replay{files_of({{"BINANCE.0",
                           {"wss://x/stream?streams=btcusdt@trade <-> 1617566590.378895",
                            "1617566591.326123: " + combined("btcusdt@trade", kFirst),
                            R"(https://x/api/v1/depth -> 1617566592.1: {"lastUpdateId":1})"}}}),
                false, symbols};
  auto const played = play(replay);
  ASSERT_EQ(played.size(), 1U);
  EXPECT_EQ(played[0].data, kFirst);
  EXPECT_EQ(played[0].at, RecordTime{1'617'566'591'326'123us});
}

TEST(Replay, CountsWhatItCannotUse) {
  SymbolTable symbols;
  Replay replay{files_of({{"a",
                           {"", R"(1723161253000000000 {"lastUpdateId":1,"bids":[]})",
                            combined("btcusdt@trade", R"({"e":"trade","t":1})"),
                            combined("btcusdt@trade", kFirst)}}}),
                false, symbols};
  EXPECT_EQ(play(replay).size(), 1U);
  EXPECT_EQ(replay.counts().skipped, 2U);
  EXPECT_EQ(replay.counts().bad, 1U);
}

TEST(Replay, ALoopCarriesIdsAndTimesOn) {
  SymbolTable symbols;
  Replay replay{
      files_of({{"a",
                 {combined("btcusdt@trade", kFirst), combined("btcusdt@bookTicker", kBook),
                  combined("btcusdt@trade", kSecond)}}}),
      true, symbols};
  auto const played = play(replay, 9);
  ASSERT_EQ(played.size(), 9U);
  EXPECT_EQ(played[3].id, 12U);
  EXPECT_EQ(played[5].id, 13U);
  EXPECT_EQ(played[6].id, 14U);
  // The recording spans one second, and another one lies between two passes.
  EXPECT_EQ(played[3].data,
            R"({"e":"trade","E":1723161257343,"s":"BTCUSDT","t":12,"p":"61837.63000000",)"
            R"("q":"0.02000000","T":1723161257342,"m":true,"M":true})");
  EXPECT_EQ(played[4].data, R"({"u":400900218,"s":"BTCUSDT","b":"25.35190000"})");
  for (std::size_t i = 1; i < played.size(); ++i) EXPECT_GE(played[i].at, played[i - 1].at);
}

TEST(Replay, LearnsItsSymbolsAheadAndThenStartsAtTheBeginning) {
  SymbolTable symbols;
  Replay replay{files_of({{"a", {combined("btcusdt@trade", kFirst)}},
                          {"ETHUSDT.csv", {"7,1.5,2,3,1789430400017,True,True"}}}),
                false, symbols};
  replay.learn_symbols(100);
  EXPECT_EQ(symbols.size(), 2U);
  EXPECT_EQ(play(replay).size(), 2U);
}

TEST(FrameText, PrintsQuoteQuantityCutAtEightPlaces) {
  std::string text;
  append_quote_quantity(Price::parse("61837.63").value(), Quantity::parse("0.00009").value(), text);
  EXPECT_EQ(text, "5.56538670");
  text.clear();
  append_quote_quantity(Price::parse("0.00000001").value(), Quantity::parse("0.1").value(), text);
  EXPECT_EQ(text, "0.00000000");
  text.clear();
  append_quote_quantity(Price::parse("92233720368").value(), Quantity::parse("92141578736").value(),
                        text);
  EXPECT_EQ(text, "8498560607402278894848.00000000");
}

TEST(FrameText, RewritesOnlyNumbersOfItsKeys) {
  std::string text;
  append_rewritten(R"({"e":"kline","E":1672515782136,"s":"t\"E:","k":{"t":1672515780000,"f":100,)"
                   R"("L":-1,"n":9,"o":"0.1","x":false}})",
                   StreamKind::kKline, NumberShift{5, 0, 0, 1s}, TimeUnit::kMicrosecond, text);
  EXPECT_EQ(text, R"({"e":"kline","E":1672515783136000,"s":"t\"E:","k":{"t":1672515781000000,)"
                  R"("f":105,"L":-1,"n":9,"o":"0.1","x":false}})");
}

TEST(FrameText, TurnsMicrosecondsIntoMilliseconds) {
  std::string text;
  append_rewritten(R"({"E":1672515782136999,"T":1672515782136001})", StreamKind::kTrade,
                   NumberShift{}, TimeUnit::kMillisecond, text);
  EXPECT_EQ(text, R"({"E":1672515782136,"T":1672515782136})");
}

}  // namespace
}  // namespace k2::sim
