#include "sink/block.hpp"

#include "sink/trade_record.hpp"
#include "tests/support/sample_trades.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using testing::ElementsAre;

constexpr SymbolIndex kBtc{0};
constexpr SymbolIndex kEth{1};

TEST(BlockBuilder, NumbersRecordsWithoutAHoleFromBlockToBlock) {
  BlockBuilder builder = test::sample_builder(100);
  Block block;
  builder.append(test::sample_trade(1));
  builder.append(test::sample_trade(2));
  builder.take(block);
  EXPECT_EQ(block.first_sequence, 100U);
  EXPECT_EQ(block.count, 2U);
  EXPECT_EQ(builder.next_sequence(), 102U);
  builder.append(test::sample_trade(3));
  builder.take(block);
  EXPECT_EQ(block.first_sequence, 102U);
  EXPECT_EQ(block.end_sequence(), 103U);
  EXPECT_EQ(decode_trade(block.bytes).value().platform_sequence, 102);
}

TEST(BlockBuilder, HoldsItsDatumsEndToEnd) {
  BlockBuilder builder = test::sample_builder();
  Block block;
  for (std::uint64_t id = 1; id <= 3; ++id) builder.append(test::sample_trade(id));
  builder.take(block);
  AvroReader reader{block.bytes};
  TradeRecord record;
  for (std::int64_t id = 1; id <= 3; ++id) {
    ASSERT_TRUE(read_trade(reader, record));
    EXPECT_EQ(record.source_sequence, id);
  }
  EXPECT_TRUE(reader.at_end());
}

TEST(BlockBuilder, CarriesEachSymbolForwardOnceToItsNewestId) {
  BlockBuilder builder = test::sample_builder();
  Block block;
  builder.append(test::sample_trade(10, kBtc));
  builder.append(test::sample_trade(90, kEth));
  builder.append(test::sample_trade(11, kBtc));
  builder.take(block);
  EXPECT_THAT(block.positions,
              ElementsAre(Position{"BTCUSDT", TradeId{11}}, Position{"ETHUSDT", TradeId{90}}));
  builder.append(test::sample_trade(91, kEth));
  builder.take(block);
  EXPECT_THAT(block.positions, ElementsAre(Position{"ETHUSDT", TradeId{91}}));
}

TEST(BlockBuilder, NamesRecordsAndPositionsByTheirTape) {
  auto builder = test::sample_builder();
  builder.append(test::sample_trade(500));
  Block before;
  builder.take(before);
  builder.set_tape(kBtc, "BTCUSDT-g1");
  EXPECT_EQ(builder.tape(kBtc), "BTCUSDT-g1");
  builder.append(test::sample_trade(1));
  builder.append(test::sample_trade(8, kEth));
  Block after;
  builder.take(after);
  EXPECT_THAT(before.positions, ElementsAre(Position{"BTCUSDT", TradeId{500}}));
  EXPECT_THAT(after.positions,
              ElementsAre(Position{"BTCUSDT-g1", TradeId{1}}, Position{"ETHUSDT", TradeId{8}}));
  AvroReader datums{after.bytes};
  TradeRecord record;
  ASSERT_TRUE(read_trade(datums, record));
  EXPECT_EQ(record.message_id, "binance-spot-BTCUSDT-g1-1");
  EXPECT_EQ(record.symbol, "BTCUSDT");
  EXPECT_EQ(record.currency, "USDT");
  EXPECT_EQ(record.source_sequence, 1);
}

TEST(BlockBuilder, MovesNoPositionByALateTrade) {
  BlockBuilder builder = test::sample_builder();
  Block block;
  Trade late = test::sample_trade(5);
  late.late = true;
  builder.append(late);
  builder.take(block);
  EXPECT_EQ(block.count, 1U);
  EXPECT_THAT(block.positions, ElementsAre());
}

TEST(BlockBuilder, TellsTheEarliestAndTheLatestTradeTime) {
  BlockBuilder builder = test::sample_builder();
  Block block;
  for (std::uint64_t const id : {20U, 10U, 30U}) builder.append(test::sample_trade(id));
  builder.take(block);
  EXPECT_EQ(block.first, test::at_us(test::kSampleStartUs + 10'000));
  EXPECT_EQ(block.last, test::at_us(test::kSampleStartUs + 30'000));
}

TEST(BlockBuilder, IsFullAtItsBound) {
  BlockBuilder builder = test::sample_builder(1, 2);
  builder.append(test::sample_trade(1));
  EXPECT_FALSE(builder.full());
  builder.append(test::sample_trade(2));
  EXPECT_TRUE(builder.full());
}

TEST(JoinBlocks, MakesOneBlockOfNeighbours) {
  BlockBuilder apart = test::sample_builder(9);
  BlockBuilder together = test::sample_builder(9);
  Block joined;
  for (std::uint64_t const id : {20U, 10U, 30U}) {
    Block single;
    apart.append(test::sample_trade(id));
    together.append(test::sample_trade(id));
    apart.take(single);
    join_blocks(single, joined);
  }
  Block expected;
  together.take(expected);
  joined.checksum = block_checksum(joined);
  joined.positions = expected.positions;
  EXPECT_EQ(joined, expected);
}

TEST(BlockChecksum, ChangesWithEveryFieldAndByte) {
  BlockBuilder builder = test::sample_builder();
  Block block;
  builder.append(test::sample_trade(1));
  builder.take(block);
  EXPECT_EQ(block.checksum, block_checksum(block));
  auto const differs = [&block](auto const& change) {
    Block altered = block;
    change(altered);
    return block_checksum(altered) != block.checksum;
  };
  EXPECT_TRUE(differs([](Block& altered) { ++altered.first_sequence; }));
  EXPECT_TRUE(differs([](Block& altered) { ++altered.count; }));
  EXPECT_TRUE(differs([](Block& altered) { altered.first += std::chrono::microseconds{1}; }));
  EXPECT_TRUE(differs([](Block& altered) { altered.last += std::chrono::microseconds{1}; }));
  EXPECT_TRUE(differs([](Block& altered) { altered.bytes[3] ^= 1; }));
}

}  // namespace
}  // namespace k2::sink
