#include "sink/lost_ids.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

std::vector<SymbolIds> lost(std::string symbol, std::vector<IdRange> ranges) {
  return {{std::move(symbol), std::move(ranges)}};
}

constexpr MonoTime kStart{hours{100}};

TEST(LostIds, AreRequestedWhenTwoLooksFindThem) {
  LostIds book;
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(10, 19)}), kStart), IsEmpty());
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(10, 19)}), kStart + seconds{5}),
              ElementsAre(SymbolIds{"BTCUSDT", {ids(10, 19)}}));
}

TEST(LostIds, AreNotRequestedWhenOneLookAloneFindsThem) {
  LostIds book;
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(10, 19)}), kStart), IsEmpty());
  EXPECT_THAT(book.on_look({}, kStart + seconds{5}), IsEmpty());
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(10, 19)}), kStart + seconds{10}), IsEmpty());
}

TEST(LostIds, AreRequestedAsFarAsBothLooksFindThem) {
  LostIds book;
  (void)book.on_look(lost("BTCUSDT", {ids(10, 19), ids(30, 39)}), kStart);
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(15, 32), ids(38, 50)}), kStart + seconds{5}),
              ElementsAre(SymbolIds{"BTCUSDT", {ids(15, 19), ids(30, 32), ids(38, 39)}}));
}

TEST(LostIds, AreRequestedAgainAfterTenMinutesAndThenEverMoreRarely) {
  LostIds book;
  auto const look = [&](MonoTime now) {
    return !book.on_look(lost("BTCUSDT", {ids(10, 19)}), now).empty();
  };
  EXPECT_FALSE(look(kStart - seconds{5}));
  EXPECT_TRUE(look(kStart));
  EXPECT_FALSE(look(kStart + minutes{10} - seconds{1}));
  EXPECT_TRUE(look(kStart + minutes{10}));
  EXPECT_FALSE(look(kStart + minutes{30} - seconds{1}));
  EXPECT_TRUE(look(kStart + minutes{30}));
}

TEST(LostIds, APartOfWhatWasRequestedWaitsAsWell) {
  LostIds book;
  (void)book.on_look(lost("BTCUSDT", {ids(10, 19)}), kStart);
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(10, 19)}), kStart), testing::SizeIs(1));
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(15, 19), ids(30, 31)}), kStart + minutes{1}),
              IsEmpty());
  EXPECT_THAT(book.on_look(lost("BTCUSDT", {ids(15, 19), ids(30, 31)}), kStart + minutes{2}),
              ElementsAre(SymbolIds{"BTCUSDT", {ids(30, 31)}}));
}

TEST(LostIds, AnOldRequestDelaysNoNewOne) {
  LostIds book;
  auto const look = [&](MonoTime now) {
    return !book.on_look(lost("BTCUSDT", {ids(10, 19)}), now).empty();
  };
  (void)look(kStart);
  EXPECT_TRUE(look(kStart + seconds{5}));
  (void)book.on_look({}, kStart + minutes{30});
  (void)look(kStart + minutes{31});
  EXPECT_TRUE(look(kStart + minutes{32}));
  // It waits for ten minutes again, and not for twenty.
  EXPECT_TRUE(look(kStart + minutes{42}));
}

TEST(LostIds, RemembersNoMoreThanItsBound) {
  LostIds book;
  std::vector<IdRange> many;
  for (std::uint64_t at = 0; at <= LostIds::kRequestedMax; ++at)
    many.push_back(ids(2 * at, 2 * at));
  (void)book.on_look(lost("BTCUSDT", many), kStart);
  auto const due = book.on_look(lost("BTCUSDT", many), kStart + seconds{5});
  ASSERT_THAT(due, testing::SizeIs(1));
  EXPECT_THAT(due.front().ids, testing::SizeIs(LostIds::kRequestedMax));
}

TEST(CommonRanges, AreWhatBothListsHold) {
  EXPECT_THAT(common(std::vector{ids(1, 5), ids(8, 20)}, std::vector{ids(4, 9), ids(12, 13)}),
              ElementsAre(ids(4, 5), ids(8, 9), ids(12, 13)));
  EXPECT_THAT(common(std::vector{ids(1, 5)}, std::vector{ids(6, 9)}), IsEmpty());
  EXPECT_THAT(common({}, std::vector{ids(6, 9)}), IsEmpty());
}

}  // namespace
}  // namespace k2::sink
