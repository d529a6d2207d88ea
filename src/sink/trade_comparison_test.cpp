#include "sink/trade_comparison.hpp"

#include "sink/partition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <initializer_list>

namespace k2::sink {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int32_t kPartitions = 4;
std::int32_t const kBtc = partition_of("BTCUSDT", kPartitions);

std::set<TradeId> ids(std::initializer_list<std::uint64_t> numbers) {
  std::set<TradeId> found;
  for (auto const number : numbers) found.insert(TradeId{number});
  return found;
}

IdRange range(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

TopicPosition position(std::uint64_t last, std::vector<IdRange> missing = {}) {
  return {.last = TradeId{last}, .journal = "mine", .sequence = 40, .missing = std::move(missing)};
}

TEST(CorrectedPositionTest, IdsThatWentWithTheAbortAreMissing) {
  auto const committed = position(10, {range(3, 4)});
  auto const corrected = correct(&committed, {.held = ids({6, 7, 8, 10}), .visible = ids({7})});
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->position,
            position(10, {range(3, 4), range(6, 6), range(8, 8), range(10, 10)}));
  EXPECT_THAT(corrected->reopened, ElementsAre(range(6, 6), range(8, 8), range(10, 10)));
}

TEST(CorrectedPositionTest, NeighbouringMissingIdsAreOneRange) {
  auto const committed = position(10, {range(3, 4)});
  auto const corrected = correct(&committed, {.held = ids({5, 6}), .visible = {}});
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->position.missing, std::vector{range(3, 6)});
  EXPECT_THAT(corrected->reopened, ElementsAre(range(5, 6)));
}

TEST(CorrectedPositionTest, TradesThatAreThereAdvanceThePosition) {
  auto const committed = position(10);
  auto const corrected = correct(&committed, {.held = {}, .visible = ids({11, 12, 15})});
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->position.last, TradeId{15});
  EXPECT_EQ(corrected->position.missing, std::vector{range(13, 14)});
  EXPECT_EQ(corrected->position.sequence, 0U) << "the place in the journal is not known";
  EXPECT_THAT(corrected->reopened, ElementsAre(range(13, 14)));
}

TEST(CorrectedPositionTest, ATradeThatCameLateIsMissingNoMore) {
  auto const committed = position(10, {range(3, 5)});
  auto const corrected = correct(&committed, {.held = {}, .visible = ids({4})});
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->position, position(10, {range(3, 3), range(5, 5)}));
  EXPECT_THAT(corrected->reopened, IsEmpty());
}

TEST(CorrectedPositionTest, TradesWithoutAPositionGetOne) {
  auto const corrected = correct(nullptr, {.held = {}, .visible = ids({7, 9})});
  ASSERT_TRUE(corrected);
  EXPECT_EQ(corrected->position.last, TradeId{9});
  EXPECT_EQ(corrected->position.missing, std::vector{range(8, 8)});
}

TEST(CorrectedPositionTest, NothingIsCorrectedWhenBothAgree) {
  auto const committed = position(10, {range(3, 4)});
  EXPECT_FALSE(correct(&committed, {.held = ids({6, 7}), .visible = ids({6, 7})}));
  EXPECT_FALSE(correct(&committed, {}));
  EXPECT_FALSE(correct(nullptr, {}));
}

TEST(HangingNoteTest, IsReadAsItIsWritten) {
  HangingNote const note{.partition = 3, .trades_from = 4'711, .since = UtcTime{1'234'567us}};
  EXPECT_EQ(hanging_key(note), "/hanging/3/4711");
  EXPECT_EQ(hanging_value(note), R"({"since_us":1234567})");
  EXPECT_EQ(read_hanging_note("/hanging/3/4711", R"({"since_us":1234567})"), note);
}

TEST(HangingNoteTest, OtherRecordsAreNone) {
  for (auto const* const key : {"/hanging/", "/hanging/3", "/hanging/3/", "/hanging/3/4x",
                                "/hanging/-3/4", "/letters/3/4"}) {
    EXPECT_FALSE(read_hanging_note(key, R"({"since_us":1})")) << key;
  }
  for (auto const* const value : {"", "{}", R"({"since_us":})", R"({"since_us":1)"}) {
    EXPECT_FALSE(read_hanging_note("/hanging/3/4", value)) << value;
  }
}

/// Trades of the partition of BTCUSDT, as the test gives them.
class Trades : public TradesPort {
 public:
  std::deque<TopicTrade> held;
  std::deque<TopicTrade> committed;
  std::vector<std::pair<std::int32_t, std::int64_t>> held_from;
  std::vector<std::pair<std::int32_t, UtcTime>> committed_since;

  Result<Progress> open_held(std::int32_t partition, std::int64_t from) override {
    held_from.emplace_back(partition, from);
    unread_ = held;
    return Progress::kDone;
  }
  Result<Progress> open_committed(std::int32_t partition, UtcTime since) override {
    committed_since.emplace_back(partition, since);
    unread_ = committed;
    return Progress::kDone;
  }
  Result<PositionRead> read(TopicTrade& out) override {
    if (unread_.empty()) return PositionRead::kEnd;
    out = unread_.front();
    unread_.pop_front();
    return PositionRead::kRecord;
  }
  void close() override {}
  Result<Progress> find_time(TopicPlace const& /*place*/, UtcTime& /*out*/) override {
    return Progress::kDone;
  }

 private:
  std::deque<TopicTrade> unread_;
};

class TradeComparisonTest : public testing::Test {
 protected:
  static TopicTrade trade(std::uint64_t id, UtcTime time, std::string_view symbol = "BTCUSDT") {
    return {.symbol = symbol, .id = TradeId{id}, .time = time};
  }
  void run(std::vector<HangingNote> const& notes) {
    TradeComparison comparison{trades_, kPartitions};
    comparison.start(notes);
    auto done = comparison.step(book_);
    for (; done && *done == Progress::kPending; done = comparison.step(book_)) {
    }
    EXPECT_TRUE(done);
    EXPECT_FALSE(comparison.is_active());
  }
  void set_position(std::uint64_t last) {
    EXPECT_TRUE(book_.apply("BTCUSDT", position_value(TradeId{last}, "mine", 1, {})));
  }

  Trades trades_;
  PositionBook book_{kPartitions};
};

TEST_F(TradeComparisonTest, FindsWhatTheAbortTookAndThePositionCovers) {
  set_position(10);
  trades_.held = {trade(9, UtcTime{2h}), trade(10, UtcTime{2h}), trade(11, UtcTime{2h})};
  trades_.committed = {trade(8, UtcTime{2h}), trade(9, UtcTime{2h})};
  run({{kBtc, 50, UtcTime{2h}}});
  ASSERT_EQ(book_.corrected().size(), 1U);
  auto const& corrected = book_.corrected().at("BTCUSDT");
  EXPECT_EQ(corrected.position.last, TradeId{10});
  EXPECT_THAT(corrected.reopened, ElementsAre(range(10, 10)));
  EXPECT_EQ(book_.symbols().at("BTCUSDT"), corrected.position);
}

TEST_F(TradeComparisonTest, SearchesCommittedTradesFromTheOldestOneThatWasHeld) {
  set_position(10);
  trades_.held = {trade(9, UtcTime{1h}), trade(10, UtcTime{3h})};
  run({{kBtc, 50, UtcTime{2h}}});
  EXPECT_THAT(trades_.held_from, ElementsAre(std::pair{kBtc, 50}));
  EXPECT_THAT(trades_.committed_since, ElementsAre(std::pair{kBtc, UtcTime{59min}}));
}

TEST_F(TradeComparisonTest, SeveralNotesAboutAPartitionAreOne) {
  set_position(10);
  run({{kBtc, 50, UtcTime{3h}}, {kBtc, 70, UtcTime{2h}}});
  EXPECT_THAT(trades_.held_from, ElementsAre(std::pair{kBtc, 50}));
  EXPECT_THAT(trades_.committed_since, ElementsAre(std::pair{kBtc, UtcTime{2h}}));
  EXPECT_TRUE(book_.corrected().empty());
}

TEST_F(TradeComparisonTest, LeavesOutTradesInAPartitionOfAnotherSymbol) {
  trades_.committed = {trade(7, UtcTime{2h}, "ETHUSDT")};
  ASSERT_NE(partition_of("ETHUSDT", kPartitions), kBtc);
  run({{kBtc, 50, UtcTime{2h}}});
  EXPECT_TRUE(book_.corrected().empty());
}

}  // namespace
}  // namespace k2::sink
