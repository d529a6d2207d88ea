#include "core/symbol.hpp"

#include <gtest/gtest.h>

namespace k2 {
namespace {

TEST(Symbol, TakesTheExchangesSpellingFromAnyCase) {
  auto const symbol = Symbol::parse("btcUSDT").value();
  EXPECT_EQ(symbol.text(), "BTCUSDT");
  EXPECT_EQ(symbol.lower(), "btcusdt");
}

TEST(Symbol, KeepsNamesBeyondAscii) {
  auto const symbol = Symbol::parse("这是测试币456").value();
  EXPECT_EQ(symbol.text(), "这是测试币456");
  EXPECT_EQ(symbol.lower(), "这是测试币456");
}

TEST(Symbol, RefusesWhatNoStreamNameCanCarry) {
  for (auto const* text : {"", "BTC USDT", "BTC/USDT", "a@trade", "a,b", "a\"b", "a\\b", "a\nb",
                           "\xFF\xFE", "a?b", "a&b"}) {
    auto const symbol = Symbol::parse(text);
    ASSERT_TRUE(symbol.has_error()) << text;
    EXPECT_EQ(symbol.error().code, Errc::kSymbolInvalid);
  }
  EXPECT_TRUE(Symbol::parse(std::string(65, 'A')).has_error());
  EXPECT_TRUE(Symbol::parse(std::string(64, 'A')).has_value());
}

TEST(SymbolTable, GivesEachSymbolOneIndex) {
  SymbolTable table;
  auto const btc = table.add(Symbol::parse("BTCUSDT").value());
  auto const eth = table.add(Symbol::parse("ETHUSDT").value());
  EXPECT_EQ(value(btc), 0U);
  EXPECT_EQ(value(eth), 1U);
  EXPECT_EQ(table.add(Symbol::parse("BTCUSDT").value()), btc);
  EXPECT_EQ(table.find("ETHUSDT"), eth);
  EXPECT_EQ(table.find("BNBUSDT"), std::nullopt);
  EXPECT_EQ(table[eth].text(), "ETHUSDT");
  EXPECT_EQ(table.size(), 2U);
}

}  // namespace
}  // namespace k2
