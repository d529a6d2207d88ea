#include "sink/tape_name.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

TEST(TapeName, IsTheSymbolAloneUntilItsTapeIsRestarted) {
  EXPECT_EQ(tape_name("BTCUSDT", 0), "BTCUSDT");
  EXPECT_EQ(tape_name("BTCUSDT", 1), "BTCUSDT-g1");
  EXPECT_EQ(tape_name("BTCUSDT", 4'294'967'295), "BTCUSDT-g4294967295");
}

TEST(TapeName, SplitsIntoSymbolAndGeneration) {
  struct Row {
    std::string_view name;
    std::string_view symbol;
    std::uint32_t generation;
  };
  for (Row const& row : {Row{"BTCUSDT", "BTCUSDT", 0}, Row{"BTCUSDT-g1", "BTCUSDT", 1},
                         Row{"BTCUSDT-g12", "BTCUSDT", 12},
                         // No generation of K2's: each is the name of a symbol.
                         Row{"BTC-G1", "BTC-G1", 0}, Row{"BTCUSDT-g", "BTCUSDT-g", 0},
                         Row{"BTCUSDT-g0", "BTCUSDT-g0", 0}, Row{"BTCUSDT-g01", "BTCUSDT-g01", 0},
                         Row{"BTCUSDT-g1x", "BTCUSDT-g1x", 0}, Row{"-g1", "-g1", 0},
                         Row{"BTCUSDT-g4294967296", "BTCUSDT-g4294967296", 0}, Row{"", "", 0}}) {
    EXPECT_EQ(parse_tape_name(row.name).symbol, row.symbol) << row.name;
    EXPECT_EQ(parse_tape_name(row.name).generation, row.generation) << row.name;
  }
}

TEST(TapeName, IsReadFromTheMessageId) {
  TradeRecord record;
  record.symbol = "BTCUSDT";
  record.message_id = "binance-spot-BTCUSDT-37";
  EXPECT_EQ(tape_of(record), "BTCUSDT");
  EXPECT_EQ(generation_of(record), 0U);
  record.message_id = "binance-spot-BTCUSDT-g2-37";
  EXPECT_EQ(tape_of(record), "BTCUSDT-g2");
  EXPECT_EQ(generation_of(record), 2U);
}

TEST(TapeName, OfARecordThatContradictsItselfIsItsSymbol) {
  TradeRecord record;
  record.symbol = "BTCUSDT";
  for (std::string_view const id :
       {"", "binance", "binance-spot-BTCUSDT-g", "binance-spot-BTCUSDT-g2",
        "binance-spot-BTCUSDT-g0-37", "binance-spot-ETHUSDT-g2-37"}) {
    record.message_id = id;
    EXPECT_EQ(tape_of(record), "BTCUSDT") << id;
  }
}

}  // namespace
}  // namespace k2::sink
