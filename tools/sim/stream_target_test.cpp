#include "tools/sim/stream_target.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(StreamTarget, KnowsRawAndCombined) {
  auto const raw = parse_stream_target("/ws/btcusdt@trade").value();
  EXPECT_FALSE(raw.combined);
  EXPECT_EQ(raw.unit, TimeUnit::kMillisecond);
  EXPECT_THAT(raw.streams, ElementsAre("btcusdt@trade"));
  auto const combined = parse_stream_target("/stream?streams=a@trade/b@trade/a@trade").value();
  EXPECT_TRUE(combined.combined);
  EXPECT_THAT(combined.streams, ElementsAre("a@trade", "b@trade"));
}

TEST(StreamTarget, TakesWhatPublicClientsSend) {
  EXPECT_THAT(parse_stream_target("/ws").value().streams, IsEmpty());
  EXPECT_THAT(parse_stream_target("/ws/0").value().streams, ElementsAre("0"));
  auto const alone = parse_stream_target("/stream?timeUnit=MICROSECOND").value();
  EXPECT_EQ(alone.unit, TimeUnit::kMicrosecond);
  EXPECT_THAT(alone.streams, IsEmpty());
  auto const last = parse_stream_target("/stream?streams=a@trade&timeUnit=microsecond").value();
  EXPECT_EQ(last.unit, TimeUnit::kMicrosecond);
  EXPECT_THAT(last.streams, ElementsAre("a@trade"));
}

TEST(StreamTarget, DecodesPercents) {
  EXPECT_THAT(parse_stream_target("/stream?streams=btcusdt%40trade%2f%E5%B8%81usdt%40trade")
                  .value()
                  .streams,
              ElementsAre("btcusdt@trade", "币usdt@trade"));
  EXPECT_THAT(parse_stream_target("/ws/a%4").value().streams, ElementsAre("a%4"));
  EXPECT_THAT(parse_stream_target("/ws/a%zz%").value().streams, ElementsAre("a%zz%"));
}

TEST(StreamTarget, AQuestionMarkInTheQuerySpoilsTheLastName) {
  auto const target = parse_stream_target("/stream?streams=a@trade/b@trade?timeUnit=X").value();
  EXPECT_THAT(target.streams, ElementsAre("a@trade", "b@trade?timeUnit=X"));
}

TEST(StreamTarget, RefusesOtherPaths) {
  EXPECT_FALSE(parse_stream_target("/"));
  EXPECT_FALSE(parse_stream_target("/wsx"));
  EXPECT_FALSE(parse_stream_target("/api/v3/time"));
}

}  // namespace
}  // namespace k2::sim
