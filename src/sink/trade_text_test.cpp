#include "sink/trade_text.hpp"

#include "tests/support/sample_trades.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace k2::sink {
namespace {

TradeRecord sample_record() {
  return {.message_id = "binance-spot-BTCUSDT-7",
          .trade_id = "BINANCE-7",
          .symbol = "BTCUSDT",
          .exchange = "BINANCE",
          .timestamp = test::at_us(1'723'161'255'342'000),
          .price = Price::parse("61837.63").value(),
          .quantity = Quantity::parse("0.00009").value(),
          .currency = "USDT",
          .side = RecordSide::kSell,
          .trade_conditions = {},
          .source_sequence = 7,
          .ingestion_timestamp = test::at_us(1'723'161'255'343'210),
          .platform_sequence = 42,
          .vendor_data = std::nullopt,
          .event_timestamp = test::at_us(1'723'161'255'343'000)};
}

std::string csv(TradeRecord const& record) {
  std::string out;
  append_csv_row(record, out);
  return out;
}

TEST(CsvRow, HasTheColumnsOfTheExchangesFiles) {
  EXPECT_EQ(csv(sample_record()),
            "7,61837.63000000,0.00009000,5.56538670,1723161255342000,True,True\n");
}

TEST(CsvRow, MultipliesWithoutOverflowAndCutsBehindTheEighthPlace) {
  TradeRecord record = sample_record();
  record.side = RecordSide::kBuy;
  auto const max = std::numeric_limits<std::int64_t>::max();
  record.price = Price::from_mantissa(max);
  record.quantity = Quantity::from_mantissa(max);
  // 92233720368.54775807 squared is 8507059173023461584739.69077842 and something.
  EXPECT_EQ(csv(record),
            "7,92233720368.54775807,92233720368.54775807,8507059173023461584739.69077842,"
            "1723161255342000,False,True\n");
  record.price = Price::parse("0.00000001").value();
  record.quantity = Quantity::parse("0.99999999").value();
  EXPECT_EQ(csv(record), "7,0.00000001,0.99999999,0.00000000,1723161255342000,False,True\n");
}

TEST(TableRow, HasTheSymbolInFrontAndQuotesItWhereNeeded) {
  TradeRecord record = sample_record();
  std::string out;
  append_table_row(record, out);
  EXPECT_EQ(out, "BTCUSDT,7,61837.63000000,0.00009000,5.56538670,1723161255342000,true,true,0\n");
  record.symbol = "A\"B,C";
  record.side = RecordSide::kBuy;
  out.clear();
  append_table_row(record, out);
  EXPECT_EQ(out.substr(0, 10), "\"A\"\"B,C\",7");
  EXPECT_TRUE(out.ends_with(",false,true,0\n"));
}

TEST(TableRow, NamesTheGenerationOfTheTape) {
  TradeRecord record = sample_record();
  record.message_id = "binance-spot-BTCUSDT-g2-7";
  std::string out;
  append_table_row(record, out);
  EXPECT_EQ(out, "BTCUSDT,7,61837.63000000,0.00009000,5.56538670,1723161255342000,true,true,2\n");
  out.clear();
  append_flat_json_line(record, out);
  EXPECT_TRUE(out.ends_with(R"("tape_generation":2})"
                            "\n"))
      << out;
}

TEST(FlatJsonLine, HasTheSameTypesInEveryLine) {
  TradeRecord record = sample_record();
  std::string out;
  append_flat_json_line(record, out);
  EXPECT_EQ(out,
            R"({"message_id":"binance-spot-BTCUSDT-7","trade_id":"BINANCE-7","symbol":"BTCUSDT",)"
            R"("exchange":"BINANCE","asset_class":"crypto","timestamp":1723161255342000,)"
            R"("price":"61837.63000000","quantity":"0.00009000","currency":"USDT","side":"SELL",)"
            R"("trade_conditions":"","source_sequence":7,"ingestion_timestamp":1723161255343210,)"
            R"("platform_sequence":42,"origin":"stream","event_timestamp":1723161255343000,)"
            R"("tape_generation":0})"
            "\n");
  record.trade_conditions = {"LATE", "X"};
  record.vendor_data.emplace().emplace_back("origin", "rest");
  record.event_timestamp.reset();
  out.clear();
  append_flat_json_line(record, out);
  EXPECT_NE(out.find(R"("trade_conditions":"LATE,X")"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("origin":"rest","event_timestamp":0,"tape_generation":0})"),
            std::string::npos)
      << out;
}

TEST(JsonLine, HasTradeV2sNamesInItsOrder) {
  std::string out;
  append_json_line(sample_record(), out);
  EXPECT_EQ(out,
            R"({"message_id":"binance-spot-BTCUSDT-7","trade_id":"BINANCE-7","symbol":"BTCUSDT",)"
            R"("exchange":"BINANCE","asset_class":"crypto","timestamp":1723161255342000,)"
            R"("price":"61837.63000000","quantity":"0.00009000","currency":"USDT","side":"SELL",)"
            R"("trade_conditions":[],"source_sequence":7,"ingestion_timestamp":1723161255343210,)"
            R"("platform_sequence":42,"vendor_data":null,"event_timestamp":1723161255343000})"
            "\n");
}

TEST(JsonLine, SaysWhatCameByBackfillAndLate) {
  TradeRecord record = sample_record();
  record.symbol = "a\"b\\c\x01";
  record.trade_conditions = {"LATE", "X"};
  record.vendor_data = {{"origin", "rest"}, {"k", "v"}};
  record.event_timestamp.reset();
  record.platform_sequence.reset();
  std::string out;
  append_json_line(record, out);
  EXPECT_NE(out.find(R"("symbol":"a\"b\\c\u0001")"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("trade_conditions":["LATE","X"])"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("platform_sequence":null,"vendor_data":{"origin":"rest","k":"v"})"
                     R"(,"event_timestamp":null})"),
            std::string::npos)
      << out;
}

}  // namespace
}  // namespace k2::sink
