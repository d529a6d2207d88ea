#include "app/symbol_selection.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

feed::ListedSymbol listed(char const* name, char const* quote, char const* status = "TRADING") {
  return {.name = name, .status = status, .base_asset = "X", .quote_asset = quote};
}

std::vector<std::string> names(char const* text, HeldSymbols const& held = {}) {
  feed::ExchangeInfo info;
  info.symbols = {listed("ETHUSDT", "USDT"), listed("BTCUSDT", "USDT"), listed("BTCEUR", "EUR"),
                  listed("LUNAUSDT", "USDT", "BREAK"), listed("币安人生USDT", "USDT")};
  std::vector<std::string> found;
  for (Symbol const& symbol : selected_symbols(parse_selection(text).value(), info, held)) {
    found.push_back(symbol.text());
  }
  return found;
}

std::string problem(char const* text) {
  return parse_selection(text).error().detail;
}

TEST(SymbolSelection, TakesNamesAsTheyAreWhetherListedOrNot) {
  EXPECT_THAT(names("ethusdt,NOSUCH"), ElementsAre("ETHUSDT", "NOSUCH"));
}

TEST(SymbolSelection, LeavesOutListedNamesThatNoStreamCanHave) {
  feed::ExchangeInfo info;
  info.symbols = {listed("BTCUSDT", "USDT"), listed("xbtUSDT", "USDT"), listed("A B", "USDT"),
                  listed("btcusdt", "USDT")};
  std::vector<std::string> unusable;
  auto const symbols = selected_symbols(parse_selection("all:USDT").value(), info, {}, &unusable);
  ASSERT_EQ(symbols.size(), 1U);
  EXPECT_EQ(symbols[0].text(), "BTCUSDT");
  EXPECT_THAT(unusable, ElementsAre("xbtUSDT", "A B", "btcusdt"));
}

TEST(SymbolSelection, TakesAllThatTradeAgainstACurrency) {
  EXPECT_THAT(names("all:usdt"), ElementsAre("BTCUSDT", "ETHUSDT", "币安人生USDT"));
  EXPECT_THAT(names("all:EUR,ETHUSDT"), ElementsAre("ETHUSDT", "BTCEUR"));
  EXPECT_THAT(names("all:JPY"), IsEmpty());
}

TEST(SymbolSelection, KeepsWhatIsHeldWhileItIsHalted) {
  EXPECT_THAT(names("all:USDT", {"LUNAUSDT", "BTCEUR"}),
              ElementsAre("BTCUSDT", "ETHUSDT", "LUNAUSDT", "币安人生USDT"));
}

TEST(SymbolSelection, TakesAll) {
  EXPECT_THAT(names("ETHUSDT,all"), ElementsAre("ETHUSDT", "BTCEUR", "BTCUSDT", "币安人生USDT"));
}

TEST(SymbolSelection, IsTextAndBack) {
  for (char const* text : {"BTCUSDT,ETHUSDT", "BTCUSDT,all:USDT,all:EUR", "all", ""}) {
    EXPECT_EQ(selection_text(parse_selection(text).value()), text);
  }
}

TEST(SymbolSelection, KeepsSymbolsThatOnlyBeginLikeAPattern) {
  EXPECT_THAT(names("ALLOUSDT"), ElementsAre("ALLOUSDT"));
}

TEST(SymbolSelection, SaysWhatIsWrong) {
  EXPECT_EQ(problem("all:"), "'all:' names no currency; all:USDT is every symbol priced in USDT");
  EXPECT_EQ(problem("all:USDT,ALL:usdt"), "'ALL:usdt' is named twice");
  EXPECT_EQ(problem("BTCUSDT,btcusdt"), "'btcusdt' is named twice");
  EXPECT_EQ(problem("BTCUSDT,"), "'': a symbol is empty");
}

}  // namespace
}  // namespace k2::app
