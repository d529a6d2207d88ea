#include "sink/flat_trade.hpp"

#include "tests/support/sample_trades.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

TradeRecord sample_record() {
  return {.message_id = "m",
          .trade_id = "t",
          .symbol = "S",
          .exchange = "E",
          .asset_class = AssetClass::kCrypto,
          .timestamp = test::at_us(1),
          .price = Price::from_mantissa(128),
          .quantity = Quantity::from_mantissa(1),
          .currency = "C",
          .side = RecordSide::kSell,
          .trade_conditions = {},
          .source_sequence = 7,
          .ingestion_timestamp = test::at_us(2),
          .platform_sequence = std::nullopt,
          .vendor_data = std::nullopt,
          .event_timestamp = test::at_us(3)};
}

TEST(FlatDatum, HasTheOriginInPlaceOfTheMap) {
  using namespace std::string_literals;
  TradeRecord record = sample_record();
  std::string out;
  append_flat_datum(record, out);
  EXPECT_EQ(out,
            "\x02m\x02t\x02S\x02"
            "E\x02\x02\x04\x00\x80\x02\x01\x02"
            "C\x02\x00\x02\x0e\x04"
            "\x00\x0cstream\x02\x06\x00"s);
  record.trade_conditions = {"LATE"};
  record.vendor_data.emplace().emplace_back("origin", "rest");
  record.event_timestamp.reset();
  out.clear();
  append_flat_datum(record, out);
  EXPECT_TRUE(out.ends_with("C\x02\x02\x08LATE\x00\x02\x0e\x04\x00\x08rest\x00\x00"s));
  record.symbol = "S";
  record.message_id = "binance-spot-S-g3-7";
  out.clear();
  append_flat_datum(record, out);
  EXPECT_TRUE(out.ends_with("\x08rest\x00\x06"s));
}

}  // namespace
}  // namespace k2::sink
