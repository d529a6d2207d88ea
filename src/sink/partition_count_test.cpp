#include "sink/partition_count.hpp"

#include "sink/partition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>

namespace k2::sink {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::int32_t kBefore = 4;
constexpr std::int32_t kAfter = 6;

/// Adds the position that a process with this many partitions wrote.
void deliver(PositionBook& book, std::string_view symbol, std::uint64_t last,
             std::int32_t partitions) {
  ASSERT_TRUE(book.apply(partition_of(symbol, partitions), symbol,
                         position_value(TradeId{last}, "a", last, {})));
}

/// The symbols lie in other partitions of 6 than of 4.
PositionBook delivered(std::int32_t configured, std::int32_t partitions) {
  PositionBook book{configured};
  for (auto const* const symbol : {"BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT"}) {
    deliver(book, symbol, 100, partitions);
  }
  return book;
}

TEST(PartitionCount, ThatOfTheFirstDeliveryIsAccepted) {
  EXPECT_TRUE(check_partition_count(PositionBook{kBefore}, "t", kBefore));
  EXPECT_TRUE(check_partition_count(delivered(kBefore, kBefore), "t", kBefore));
}

TEST(PartitionCount, AnotherOneIsRefusedByWhereThePositionsAre) {
  auto const book = delivered(kAfter, kBefore);
  auto const refused = check_partition_count(book, "t", kAfter);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::kConfigInvalid);
  EXPECT_THAT(refused.error().detail, HasSubstr("by the positions is 4"));
  auto const fitting = fitting_partition_counts(book, kAfter, 100);
  EXPECT_THAT(fitting, Contains(kBefore));
  EXPECT_THAT(fitting, Not(Contains(kAfter)));
}

TEST(PartitionCount, AnotherOneIsRefusedByWhatIsRegistered) {
  PositionBook book{kAfter};
  ASSERT_TRUE(book.apply(0, registration_key("a"), registration_value(kBefore)));
  ASSERT_TRUE(book.apply(0, registration_key("b"), registration_value(kAfter)));
  auto const refused = check_partition_count(book, "t", kAfter);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("set kafka.partitions = 4,"));
  EXPECT_TRUE(check_partition_count(book, "t", kBefore));
}

/// Somebody followed the advice of an earlier version: symbols moved, and their old positions are
/// left behind.
TEST(PartitionCount, OldPositionsBehindThoseThatCountAreNoReasonToRefuse) {
  auto book = delivered(kAfter, kBefore);
  for (auto const* const symbol : {"BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT", "BNBUSDT"}) {
    deliver(book, symbol, 200, kAfter);
  }
  EXPECT_TRUE(check_partition_count(book, "t", kAfter));
  EXPECT_EQ(book.symbols().at("BTCUSDT").last, TradeId{200});
}

TEST(PartitionCount, PositionsThatFitNoNumberAreRefusedWithoutANumber) {
  PositionBook book{kBefore};
  ASSERT_TRUE(book.apply(5'000, "BTCUSDT", position_value(TradeId{1}, "a", 1, {})));
  auto const refused = check_partition_count(book, "t", kBefore);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("deliver into another kafka.topic"));
  EXPECT_THAT(fitting_partition_counts(book, kBefore, 100), IsEmpty());
}

}  // namespace
}  // namespace k2::sink
