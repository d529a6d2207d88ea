#include "app/tape_command.hpp"

#include <gtest/gtest.h>

namespace k2::app {
namespace {

TEST(TapeCommand, NamesTheSymbolAndTheFirstId) {
  EXPECT_EQ(restart_tape_command("BTCUSDT", std::nullopt), "restart-tape BTCUSDT");
  auto const live = parse_restart_tape("restart-tape btcusdt");
  ASSERT_TRUE(live);
  EXPECT_EQ(live->symbol.text(), "BTCUSDT");
  EXPECT_EQ(live->first, std::nullopt);
  auto const from = parse_restart_tape(restart_tape_command("BTCUSDT", 1));
  ASSERT_TRUE(from);
  EXPECT_EQ(from->first, TradeId{1});
}

TEST(TapeCommand, RefusesWhatNamesNoSymbolOrNoId) {
  for (char const* const text :
       {"restart-tape", "restart-tape ", "restart-tape A/B", "restart-tape BTCUSDT ",
        "restart-tape BTCUSDT x", "restart-tape BTCUSDT 1 2", "restart-tape BTCUSDT -1",
        "restart-tape BTCUSDT 9223372036854775808"}) {
    EXPECT_FALSE(parse_restart_tape(text)) << text;
  }
}

TEST(TapeCommand, RepliesWithBothEndsOfTheTapes) {
  EXPECT_EQ(restarted_text({.symbol = "BTCUSDT", .generation = 1, .closed_last = TradeId{500'019}}),
            "BTCUSDT: the tape is closed at id 500019; generation 1 begins with its first live "
            "trade");
  EXPECT_EQ(restarted_text({.symbol = "BTCUSDT", .generation = 2, .first = TradeId{1}}),
            "BTCUSDT: the tape is closed; generation 2 begins with id 1");
}

}  // namespace
}  // namespace k2::app
