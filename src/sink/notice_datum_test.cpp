#include "sink/notice_datum.hpp"

#include "sink/avro.hpp"
#include "sink/notice_schemas.hpp"
#include "sink/trade_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k2::sink {
namespace {

using namespace std::string_literals;

UtcTime at_us(std::int64_t micros) {
  return UtcTime{std::chrono::microseconds{micros}};
}

TEST(NoticeDatum, WritesAGapAsItsSchemaSays) {
  DeclaredGap const gap{
      "BTCUSDT", {TradeId{63}, TradeId{64}}, "away", GapState::kVenue, at_us(-65)};
  std::string out;
  append_gap(gap, "0f", out);
  // Lengths and numbers are zigzag varints: 7 is 0e, 63 is 7e, 64 is 80 01, -65 is 81 01.
  EXPECT_EQ(out,
            "\x0e"s
            "BTCUSDT\x0e"s
            "BINANCE\x7e\x80\x01\x04\x08"s
            "away\x81\x01\x04"s
            "0f"s);
  DeclaredGap read;
  ASSERT_TRUE(read_gap(out, read));
  EXPECT_EQ(read, gap);
  EXPECT_FALSE(read_gap(out + " ", read));
  EXPECT_FALSE(read_gap(out.substr(0, out.size() - 1), read));
}

TEST(NoticeDatum, WritesADeadLetterAsItsSchemaSays) {
  DeadLetter const letter{at_us(1), "bad_json", "", "{\0}"s};
  std::string out;
  append_dead_letter(letter, "0f", 64, out);
  EXPECT_EQ(out,
            "\0\x0e"s
            "BINANCE\x02\x10"s
            "bad_json\x00\x06{\0}\x06\x04"s
            "0f\x80\x01"s);
  EXPECT_TRUE(is_dead_letter(out));
  EXPECT_FALSE(is_dead_letter(out + " "));
}

TEST(NoticeDatum, ADeadLetterNamesItsSymbolWhereTheBytesDo) {
  EXPECT_EQ(symbol_in(R"({"e":"trade","s":"BTCUSDT","t":1})"), "BTCUSDT");
  EXPECT_EQ(symbol_in(R"({"stream":"btcusdt@trade","data":{"e":"tr)"), "BTCUSDT");
  EXPECT_EQ(symbol_in(R"({"e":"trade","s":"BTC)"), "");
  EXPECT_EQ(symbol_in("not json at all"), "");
  std::string out;
  append_dead_letter({at_us(1), "x", "", R"("s":"A")"}, "", 1, out);
  EXPECT_TRUE(
      out.starts_with("\x02\x02"
                      "A"));
  EXPECT_TRUE(is_dead_letter(out));
}

TEST(NoticeDatum, ADetailIsTextWhateverItQuotes) {
  std::string out;
  append_dead_letter({at_us(1), "x", "cut: \xf0\x9f", ""}, "", 1, out);
  EXPECT_NE(out.find("cut: ??"), std::string::npos);
}

TEST(NoticeDatum, CutsALetterThatKafkaWouldRefuse) {
  DeadLetter letter;
  letter.bytes.assign(kLetterBytesMax + 1, 'x');
  std::string out;
  append_dead_letter(letter, "", 1, out);
  EXPECT_LT(out.size(), kLetterBytesMax + 100);
  AvroReader reader{out};
  std::int64_t number = 0;
  std::string_view text;
  ASSERT_TRUE(reader.read_long(number));
  ASSERT_TRUE(reader.read_bytes(text));
  ASSERT_TRUE(reader.read_long(number));
  for (auto const size : {std::size_t{0}, std::size_t{0}, kLetterBytesMax}) {
    ASSERT_TRUE(reader.read_bytes(text));
    EXPECT_EQ(text.size(), size);
  }
  ASSERT_TRUE(reader.read_long(number));
  EXPECT_EQ(number, 900'001);
}

TEST(Schemas, AreRecordsOfOneNamespaceWithThePositionsOfTheirEnums) {
  for (auto const& [text, name] : {std::pair{trade_schema(), "TradeV2"},
                                   {gap_schema(), "TapeGap"},
                                   {dead_letter_schema(), "DeadLetter"}}) {
    auto const schema = nlohmann::json::parse(text);
    EXPECT_EQ(schema["name"], name);
    EXPECT_EQ(schema["namespace"], "com.k2.marketdata");
  }
  auto const gap = nlohmann::json::parse(gap_schema());
  EXPECT_THAT(
      gap["fields"][4]["type"]["symbols"],
      testing::ElementsAre(gap_state_name(GapState::kOpen), gap_state_name(GapState::kRepaired),
                           gap_state_name(GapState::kVenue)));
}

}  // namespace
}  // namespace k2::sink
