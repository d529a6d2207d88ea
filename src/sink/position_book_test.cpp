#include "sink/position_book.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

TEST(PositionBook, HoldsTheNewestOfEachSymbol) {
  PositionBook book;
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{7}, "a", 3, {})));
  ASSERT_TRUE(book.apply("ETHUSDT", position_value(TradeId{9}, "b", 4, {})));
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{8}, "b", 5, {})));
  ASSERT_TRUE(book.apply("ETHUSDT", ""));
  ASSERT_EQ(book.symbols().size(), 1U);
  EXPECT_EQ(book.symbols().at("BTCUSDT"),
            (TopicPosition{.last = TradeId{8}, .journal = "b", .sequence = 5}));
}

TEST(PositionBook, SaysWhatIsMissingBehindThePosition) {
  std::vector<IdRange> const missing{{TradeId{3}, TradeId{4}}, {TradeId{6}, TradeId{6}}};
  auto const value = position_value(TradeId{8}, "a", 12, missing);
  EXPECT_EQ(value, R"({"last_id":8,"journal":"a","sequence":12,"missing":[[3,4],[6,6]]})");
  PositionBook book;
  ASSERT_TRUE(book.apply("BTCUSDT", value));
  EXPECT_EQ(book.symbols().at("BTCUSDT").missing, missing);
}

TEST(PositionBook, ReadsWhatAnEarlierVersionWrote) {
  PositionBook book;
  ASSERT_TRUE(book.apply("BTCUSDT", R"({"last_id":8,"journal":"a"})"));
  ASSERT_TRUE(book.apply("/journal/a", R"({"next_sequence":13,"last":"x"})"));
  ASSERT_TRUE(book.apply("/owner", R"({"instance":"1"})"));
  ASSERT_EQ(book.symbols().size(), 1U);
  EXPECT_EQ(book.symbols().at("BTCUSDT").sequence, 0U);
}

TEST(PositionBook, RefusesWhatIsNotItsOwn) {
  PositionBook book;
  EXPECT_EQ(book.apply("BTCUSDT", "hello").error().code, Errc::kDataCorrupt);
  EXPECT_EQ(book.apply("BTCUSDT", R"({"last_id":"8","journal":"a"})").error().code,
            Errc::kDataCorrupt);
  EXPECT_EQ(book.apply("BTCUSDT", R"({"last_id":8,"journal":"a","missing":[[1]]})").error().code,
            Errc::kDataCorrupt);
  EXPECT_TRUE(book.symbols().empty());
}

TEST(PositionBook, KnowsWhoseJournalsBroughtTheLastTrades) {
  PositionBook book;
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{8}, "0f", 1, {})));
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{9}, "1f", 1, {})));
  ASSERT_TRUE(book.apply("ETHUSDT", position_value(TradeId{8}, "2f", 1, {})));
  ASSERT_TRUE(book.apply("BNBUSDT", position_value(TradeId{8}, "", 1, {})));
  ASSERT_TRUE(book.apply("/letters/3f", letter_value(1)));
  EXPECT_EQ(book.journals(), (std::set<std::string>{"1f", "2f"}));
}

TEST(PositionBook, KnowsHowFarEachJournalsDeadLettersHaveCome) {
  PositionBook book;
  EXPECT_EQ(book.letters("0f"), 0U);
  ASSERT_TRUE(book.apply("/letters/0f", R"({"number":7})"));
  ASSERT_TRUE(book.apply("/journal/0f", "an earlier version's"));
  EXPECT_EQ(book.letters("0f"), 7U);
  EXPECT_EQ(book.letters("1f"), 0U);
  EXPECT_TRUE(book.symbols().empty());
  EXPECT_EQ(letter_key("0f"), "/letters/0f");
  EXPECT_EQ(letter_value(7), R"({"number":7})");
  EXPECT_FALSE(book.apply("/letters/0f", "{}"));
  ASSERT_TRUE(book.apply("/letters/0f", ""));
  EXPECT_EQ(book.letters("0f"), 0U);
}

}  // namespace
}  // namespace k2::sink
