#include "sink/trade_encoder.hpp"

#include "sink/tape_name.hpp"
#include "sink/trade_record.hpp"
#include "tests/support/sample_trades.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace k2::sink {
namespace {

std::string hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (char const byte : bytes) {
    auto const raw = static_cast<unsigned char>(byte);
    text += {kDigits[raw >> 4], kDigits[raw & 15]};
  }
  return text;
}

Trade recorded_trade() {
  return {.side = Side::kSell,
          .id = TradeId{3'735'683'259},
          .price = Price::parse("61837.63000000").value(),
          .quantity = Quantity::parse("0.02000000").value(),
          .traded_at = test::at_us(1'723'161'255'342'000),
          .event_at = test::at_us(1'723'161'255'343'000),
          .received_at = test::at_us(1'723'161'255'343'210)};
}

Trade extreme_trade() {
  return {.side = Side::kBuy,
          .origin = Origin::kRest,
          .late = true,
          .id = TradeId{0},
          .price = Price::parse("0.00000001").value(),
          .quantity = Quantity::parse("92141578736.00000000").value(),
          .traded_at = test::at_us(1'789'430'400'017'025),
          .received_at = test::at_us(1'789'430'401'000'001)};
}

std::string encoded(std::string_view symbol, Trade const& trade, std::uint64_t sequence) {
  TradeEncoder encoder;
  encoder.add_symbol(SymbolIndex{0}, Symbol::parse(symbol).value(), "USDT");
  std::string out;
  encoder.append(trade, sequence, out);
  return out;
}

// The bytes that fastavro's schemaless_writer made of the same record under the same schema.
TEST(TradeEncoder, WritesTheBytesThatFastavroWrites) {
  EXPECT_EQ(hex(encoded("BTCUSDT", recorded_trade(), 1)),
            "3e62696e616e63652d73706f742d425443555344542d33373335363833323539"
            "2442494e414e43452d33373335363833323539"
            "0e42544355534454"
            "0e42494e414e4345"
            "02"
            "e0be9fe897cd8f06"
            "0c059fc4ff3ac0"
            "061e8480"
            "0855534454"
            "02"
            "00"
            "02f682d0ea1b"
            "d4d19fe897cd8f06"
            "0202"
            "00"
            "02b0ce9fe897cd8f06");
}

TEST(TradeEncoder, WritesExtremesAndUtf8AsFastavroDoes) {
  EXPECT_EQ(hex(encoded("币安人生USDT", extreme_trade(), std::numeric_limits<std::int64_t>::max())),
            "3e62696e616e63652d73706f742de5b881e5ae89e4babae7949f555344542d30"
            "1242494e414e43452d30"
            "20e5b881e5ae89e4babae7949f55534454"
            "0e42494e414e4345"
            "02"
            "828abfb5c7dead06"
            "0201"
            "107fdf43c4704bf000"
            "0855534454"
            "00"
            "02084c41544500"
            "0200"
            "8289b7b6c7dead06"
            "02feffffffffffffffff01"
            "02020c6f726967696e087265737400"
            "00");
}

TEST(TradeEncoder, KeepsTheLongestOfEverythingWithinItsBound) {
  Trade trade = extreme_trade();
  trade.id = TradeId{std::numeric_limits<std::int64_t>::max()};
  trade.traded_at = trade.received_at = trade.event_at =
      test::at_us(kNoTime.time_since_epoch().count() + 1);
  TradeEncoder encoder;
  encoder.add_symbol(SymbolIndex{0}, Symbol::parse(std::string(kSymbolBytesMax, 'X')).value(),
                     std::string(kSymbolBytesMax, 'Y'));
  std::string out;
  encoder.append(trade, std::numeric_limits<std::int64_t>::max(), out);
  EXPECT_LE(out.size(), kDatumBytesMax);
  EXPECT_TRUE(decode_trade(out).has_value());
  encoder.set_tape(SymbolIndex{0}, tape_name(std::string(kSymbolBytesMax, 'X'), 4'294'967'295));
  out.clear();
  encoder.append(trade, std::numeric_limits<std::int64_t>::max(), out);
  EXPECT_LE(out.size(), kDatumBytesMax);
  EXPECT_EQ(generation_of(decode_trade(out).value()), 4'294'967'295);
}

TEST(TradeEncoder, AppendsBehindWhatIsThere) {
  TradeEncoder encoder;
  encoder.add_symbol(SymbolIndex{0}, Symbol::parse("BTCUSDT").value(), "USDT");
  std::string out = "before";
  encoder.append(recorded_trade(), 1, out);
  EXPECT_EQ(out.substr(0, 6), "before");
  EXPECT_TRUE(decode_trade(std::string_view{out}.substr(6)).has_value());
}

TEST(TradeEncoderDeathTest, StopsOnASymbolThatWasNeverAdded) {
  TradeEncoder const encoder;
  std::string out;
  EXPECT_DEATH(encoder.append(recorded_trade(), 1, out), "parts_");
}

}  // namespace
}  // namespace k2::sink
