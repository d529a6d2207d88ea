#include "sink/position_book.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

TEST(PositionBook, HoldsWhatWasWritten) {
  PositionBook book;
  EXPECT_TRUE(book.apply("BTCUSDT", position_value(TradeId{7}, "j1")));
  EXPECT_TRUE(book.apply(cursor_key("j1"), cursor_value(12, "m-7")));
  EXPECT_TRUE(book.apply(kOwnerKey, owner_value("p1")));
  EXPECT_EQ(book.symbols().at("BTCUSDT"), (TopicPosition{TradeId{7}, "j1"}));
  EXPECT_EQ(book.cursor("j1"), (Cursor{12, "m-7"}));
  EXPECT_EQ(book.cursor("j2"), std::nullopt);
  EXPECT_EQ(book.owner(), "p1");
}

TEST(PositionBook, TheNewestRecordOfAKeyCounts) {
  PositionBook book;
  EXPECT_TRUE(book.apply("BTCUSDT", position_value(TradeId{7}, "j1")));
  EXPECT_TRUE(book.apply("BTCUSDT", position_value(TradeId{9}, "j2")));
  EXPECT_EQ(book.symbols().at("BTCUSDT"), (TopicPosition{TradeId{9}, "j2"}));
}

TEST(PositionBook, AnEmptyValueDeletes) {
  PositionBook book;
  for (std::string const& key : {std::string{"BTCUSDT"}, cursor_key("j"), std::string{kOwnerKey}}) {
    EXPECT_TRUE(book.apply(key, ""));
  }
  EXPECT_TRUE(book.apply("BTCUSDT", position_value(TradeId{7}, "j")));
  EXPECT_TRUE(book.apply("BTCUSDT", ""));
  EXPECT_TRUE(book.symbols().empty());
}

TEST(PositionBook, AStrangersRecordIsRefusedByItsKey) {
  PositionBook book;
  for (char const* value : {"no json", "{}", R"({"last_id":"7","journal":"j"})", "[1]"}) {
    auto const applied = book.apply("BTCUSDT", value);
    ASSERT_FALSE(applied) << value;
    EXPECT_EQ(applied.error().code, Errc::kDataCorrupt);
    EXPECT_NE(applied.error().detail.find("BTCUSDT"), std::string::npos);
  }
  EXPECT_FALSE(book.apply(cursor_key("j"), R"({"next_sequence":-1.5})"
                                           "x"));
}

}  // namespace
}  // namespace k2::sink
