#include "sink/trade_record.hpp"

#include "core/rng.hpp"
#include "sink/trade_encoder.hpp"
#include "tests/support/sample_trades.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::string datum_of(Trade const& trade) {
  TradeEncoder encoder;
  encoder.add_symbol(SymbolIndex{0}, Symbol::parse("BTCUSDT").value(), "USDT");
  std::string out;
  encoder.append(trade, 42, out);
  return out;
}

TEST(TradeRecord, GivesBackEveryFieldOfAStreamedTrade) {
  std::string const datum = datum_of(test::sample_trade(7));
  TradeRecord const record = decode_trade(datum).value();
  EXPECT_EQ(record.message_id, "binance-spot-BTCUSDT-7");
  EXPECT_EQ(record.trade_id, "BINANCE-7");
  EXPECT_EQ(record.symbol, "BTCUSDT");
  EXPECT_EQ(record.exchange, "BINANCE");
  EXPECT_EQ(record.asset_class, AssetClass::kCrypto);
  EXPECT_EQ(record.timestamp, test::at_us(1'723'161'255'007'000));
  EXPECT_EQ(record.price.to_string(), "61837.63000007");
  EXPECT_EQ(record.quantity.to_string(), "0.02000007");
  EXPECT_EQ(record.currency, "USDT");
  EXPECT_EQ(record.side, RecordSide::kSell);
  EXPECT_TRUE(record.trade_conditions.empty());
  EXPECT_EQ(record.source_sequence, 7);
  EXPECT_EQ(record.ingestion_timestamp, test::at_us(1'723'161'255'008'500));
  EXPECT_EQ(record.platform_sequence, 42);
  EXPECT_EQ(record.vendor_data, std::nullopt);
  EXPECT_EQ(record.event_timestamp, test::at_us(1'723'161'255'008'000));
  EXPECT_FALSE(record.late());
  EXPECT_FALSE(record.from_rest());
}

TEST(TradeRecord, TellsALateTradeThatCameByBackfill) {
  Trade trade = test::sample_trade(8);
  trade.origin = Origin::kRest;
  trade.late = true;
  trade.event_at = kNoTime;
  std::string const datum = datum_of(trade);
  TradeRecord const record = decode_trade(datum).value();
  EXPECT_THAT(record.trade_conditions, ElementsAre("LATE"));
  EXPECT_THAT(record.vendor_data.value(), ElementsAre(Pair("origin", "rest")));
  EXPECT_EQ(record.event_timestamp, std::nullopt);
  EXPECT_TRUE(record.late());
  EXPECT_TRUE(record.from_rest());
}

TEST(TradeRecord, TakesTheConditionLateAfterwards) {
  Trade trade = test::sample_trade(8);
  std::string late;
  ASSERT_TRUE(mark_late(datum_of(trade), late));
  trade.late = true;
  EXPECT_EQ(late, datum_of(trade));
  std::string again;
  EXPECT_FALSE(mark_late(late, again));
  EXPECT_FALSE(mark_late("no datum", again));
}

TEST(TradeRecord, RefusesADatumThatIsCutAnywhere) {
  std::string const datum = datum_of(test::sample_trade(7));
  for (std::size_t size = 0; size < datum.size(); ++size) {
    EXPECT_EQ(decode_trade(std::string_view{datum}.substr(0, size)).error().code,
              Errc::kDataCorrupt)
        << size;
  }
  EXPECT_EQ(decode_trade(datum + '\0').error().code, Errc::kDataCorrupt);
}

TEST(TradeRecord, NeverReadsPastBytesThatWereAltered) {
  std::string const datum = datum_of(test::sample_trade(7));
  Rng rng{1};
  for (int round = 0; round < 20'000; ++round) {
    std::string altered = datum;
    for (auto flips = 1 + rng.below(3); flips > 0; --flips) {
      altered[rng.below(altered.size())] = static_cast<char>(rng.below(256));
    }
    altered.shrink_to_fit();
    (void)decode_trade(altered);  // AddressSanitizer and the views' bounds are the judges
  }
}

}  // namespace
}  // namespace k2::sink
