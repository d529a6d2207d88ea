#include "sink/position_book.hpp"

#include "sink/partition.hpp"

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

TEST(PositionBook, AnOldPositionThatComesLateDoesNotCount) {
  PositionBook book;
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{8}, "b", 5, {})));
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{7}, "a", 9, {})));
  EXPECT_EQ(book.symbols().at("BTCUSDT"),
            (TopicPosition{.last = TradeId{8}, .journal = "b", .sequence = 5}));
  // A repair changes what is missing, and not the last id.
  ASSERT_TRUE(book.apply("BTCUSDT", position_value(TradeId{8}, "c", 6, {})));
  EXPECT_EQ(book.symbols().at("BTCUSDT").journal, "c");
}

TEST(PositionBook, DoesNotBelieveAPositionInAnotherPartitionThanTheSymbols) {
  constexpr std::int32_t kPartitions = 4;
  auto const own = partition_of("BTCUSDT", kPartitions);
  auto const other = (own + 1) % kPartitions;
  PositionBook book{kPartitions};
  ASSERT_TRUE(book.apply(other, "BTCUSDT", position_value(TradeId{7}, "a", 1, {})));
  EXPECT_TRUE(book.symbols().empty());
  ASSERT_TRUE(book.apply(own, "BTCUSDT", position_value(TradeId{8}, "a", 2, {})));
  ASSERT_TRUE(book.apply(other, "BTCUSDT", position_value(TradeId{9}, "b", 3, {})));
  ASSERT_TRUE(book.apply(6, "BTCUSDT", position_value(TradeId{5}, "b", 3, {})));
  ASSERT_TRUE(book.apply(6, "BTCUSDT", ""));
  EXPECT_EQ(book.symbols().at("BTCUSDT").last, TradeId{8});
  ASSERT_EQ(book.misplaced().size(), 1U);
  EXPECT_EQ(book.misplaced().at("BTCUSDT"), (MisplacedPosition{other, TradeId{9}}));
}

TEST(PositionBook, KnowsTheRegisteredJournalsAndTheNumberOfTheFirst) {
  PositionBook book;
  EXPECT_EQ(book.registered_partitions(), std::nullopt);
  EXPECT_EQ(registration_key("0f"), "/journals/0f");
  EXPECT_EQ(registration_value(12), R"({"partitions":12})");
  ASSERT_TRUE(book.apply(0, "/journals/0f", R"({"partitions":12})"));
  ASSERT_TRUE(book.apply(0, "/journals/1f", R"({"partitions":6})"));
  ASSERT_TRUE(book.apply(0, "/journals/0f", R"({"partitions":7})"));
  EXPECT_EQ(book.registered_partitions(), 12);
  EXPECT_TRUE(book.is_registered("1f"));
  EXPECT_FALSE(book.is_registered("2f"));
  // A sweep also ends what they left hanging that never came to deliver.
  EXPECT_EQ(book.journals(), (std::set<std::string>{"0f", "1f"}));
  EXPECT_TRUE(book.symbols().empty());
  EXPECT_FALSE(book.apply("/journals/2f", "{}"));
  ASSERT_TRUE(book.apply("/journals/0f", ""));
  EXPECT_EQ(book.registered_partitions(), 6);
}

}  // namespace
}  // namespace k2::sink
