#include "sink/delivery.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

PositionBook book_with(std::string_view symbol, std::uint64_t last, std::string_view journal) {
  PositionBook book;
  EXPECT_TRUE(book.apply(symbol, position_value(TradeId{last}, journal)));
  return book;
}

std::vector<std::pair<std::string, std::uint64_t>> moved(Delivery& delivery) {
  std::vector<Delivery::Moved> out;
  delivery.take_moved(out);
  std::vector<std::pair<std::string, std::uint64_t>> names;
  for (auto const& [symbol, last] : out) names.emplace_back(symbol, value(last));
  return names;
}

TEST(Delivery, ANewTopicGetsEverythingFromTheBeginning) {
  Delivery delivery{"mine", 1, false, PositionBook{}};
  EXPECT_EQ(delivery.next_sequence(), 1U);
  EXPECT_TRUE(delivery.admit(1, "BTCUSDT", TradeId{100}, false));
  EXPECT_TRUE(delivery.admit(2, "ETHUSDT", TradeId{5}, false));
  EXPECT_TRUE(delivery.admit(3, "BTCUSDT", TradeId{101}, false));
  EXPECT_EQ(delivery.next_sequence(), 4U);
  EXPECT_EQ(moved(delivery),
            (std::vector<std::pair<std::string, std::uint64_t>>{{"BTCUSDT", 101}, {"ETHUSDT", 5}}));
  EXPECT_TRUE(moved(delivery).empty());
}

TEST(Delivery, AKnownJournalGoesOnAtItsCursor) {
  Delivery delivery{"mine", 4, true, book_with("BTCUSDT", 101, "mine")};
  EXPECT_EQ(delivery.next_sequence(), 4U);
  // The block of the cursor begins before it.
  EXPECT_FALSE(delivery.admit(3, "BTCUSDT", TradeId{101}, false));
  EXPECT_TRUE(delivery.admit(4, "BTCUSDT", TradeId{102}, false));
  EXPECT_EQ(delivery.skipped(), 0U);
}

TEST(Delivery, ALateTradeBehindItsPositionIsDeliveredAndMovesNothing) {
  Delivery delivery{"mine", 4, true, book_with("BTCUSDT", 101, "mine")};
  EXPECT_TRUE(delivery.admit(4, "BTCUSDT", TradeId{90}, true));
  EXPECT_TRUE(moved(delivery).empty());
}

TEST(Delivery, WhatAnotherJournalDeliveredIsLeftOut) {
  Delivery delivery{"mine", 1, false, book_with("BTCUSDT", 101, "other")};
  EXPECT_FALSE(delivery.admit(1, "BTCUSDT", TradeId{100}, false));
  EXPECT_FALSE(delivery.admit(2, "BTCUSDT", TradeId{99}, true));
  EXPECT_FALSE(delivery.admit(3, "BTCUSDT", TradeId{101}, false));
  EXPECT_TRUE(delivery.admit(4, "BTCUSDT", TradeId{105}, false));
  EXPECT_TRUE(delivery.admit(5, "BTCUSDT", TradeId{103}, true));
  EXPECT_FALSE(delivery.admit(6, "BTCUSDT", TradeId{98}, true));
  EXPECT_EQ(delivery.skipped(), 4U);
  EXPECT_EQ(delivery.next_sequence(), 7U);
}

TEST(Delivery, OneThatComesBackLeavesOutWhatItsSuccessorDelivered) {
  Delivery delivery{"mine", 50, true, book_with("BTCUSDT", 200, "successor")};
  EXPECT_FALSE(delivery.admit(50, "BTCUSDT", TradeId{150}, false));
  EXPECT_TRUE(delivery.admit(51, "BTCUSDT", TradeId{201}, false));
}

TEST(Delivery, AJournalThatLostItsTailDeliversNothingTwice) {
  Delivery delivery{"mine", 1, false, book_with("BTCUSDT", 101, "mine")};
  EXPECT_FALSE(delivery.admit(1, "BTCUSDT", TradeId{100}, false));
  EXPECT_FALSE(delivery.admit(2, "BTCUSDT", TradeId{90}, true));
  EXPECT_TRUE(delivery.admit(3, "BTCUSDT", TradeId{102}, false));
}

}  // namespace
}  // namespace k2::sink
