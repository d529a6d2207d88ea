#include "feed/quote_asset.hpp"

#include <gtest/gtest.h>

namespace k2::feed {
namespace {

TEST(QuoteAsset, IsTheLongestCurrencyThatTheSymbolEndsWith) {
  EXPECT_EQ(guess_quote_asset("BTCUSDT"), "USDT");
  EXPECT_EQ(guess_quote_asset("BTCFDUSD"), "FDUSD");
  EXPECT_EQ(guess_quote_asset("BNBBTC"), "BTC");
  EXPECT_EQ(guess_quote_asset("这是测试币USDT"), "USDT");
}

TEST(QuoteAsset, SaysWhenItDoesNotKnow) {
  EXPECT_EQ(guess_quote_asset("ABCXYZ"), "UNKNOWN");
  EXPECT_EQ(guess_quote_asset("USDT"), "UNKNOWN");
  EXPECT_EQ(guess_quote_asset(""), "UNKNOWN");
}

}  // namespace
}  // namespace k2::feed
