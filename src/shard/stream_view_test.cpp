#include "shard/stream_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace k2::shard {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

constexpr LineId kLine{1};

Now at(std::chrono::seconds since_start) {
  return {MonoTime{seconds{100}} + since_start, UtcTime{seconds{1'700'000'040}} + since_start};
}

class Shelf final : public sink::BatchDoor {
 public:
  [[nodiscard]] bool try_push(sink::Batch&&) override { return true; }
  [[nodiscard]] sink::Batch take_emptied() override { return {}; }
};

void trade(Shard& shard, std::string_view id, Now const& now) {
  std::string frame{R"({"stream":"x","data":{"e":"trade","E":1700000040000000,"s":"BTCUSDT","t":)"};
  frame.append(id).append(R"(,"p":"0.5","q":"1","T":1700000040000000,"m":true,"M":true}})");
  std::size_t const length = frame.size();
  frame.append(64, '\0');
  shard.on_text(kLine, {frame.data(), length}, now);
  shard.on_batch_end(kLine, now);
}

TEST(StreamView, ShowsWhatTheMachinesHaveCounted) {
  Shelf shelf;
  ShardOptions options;
  options.symbols = {{.symbol = Symbol::parse("BTCUSDT").value(), .currency = "USDT"}};
  Shard shard{options, shelf, Rng{1}, at({}).mono};
  LineBook lines;
  lines.opening(kLine, "wss://exchange:9443");
  lines.changed(
      {LineId{9}, feed::LineState::kLive, feed::LineState::kDraining, feed::LineReason::kRotation});
  shard.tick(at({}));
  shard.on_line_opened(kLine, at({}));
  StreamView view{at({}).mono};
  for (std::string_view const id : {"7", "8", "8", "11"}) trade(shard, id, at(seconds{1}));

  watch::Snapshot snapshot;
  view.show(shard,
            {.lines = lines,
             .gap_changes = {3, 2, 1, 5},
             .received_bytes = 500,
             .clock_offset = milliseconds{4},
             .line_lifetime = std::chrono::hours{4}},
            at(seconds{2}), snapshot);

  EXPECT_TRUE(snapshot.links.live);
  ASSERT_THAT(snapshot.links.lines, SizeIs(1));
  EXPECT_EQ(snapshot.links.lines[0].endpoint, "wss://exchange:9443");
  EXPECT_THAT(snapshot.links.rotations, Contains(Pair("rotation", 1U)));
  EXPECT_EQ(snapshot.links.bytes, 500U);
  EXPECT_EQ(snapshot.links.clock_offset, watch::Seconds{milliseconds{4}});
  EXPECT_EQ(snapshot.links.lifetime_limit, watch::Seconds{std::chrono::hours{4}});
  ASSERT_THAT(snapshot.tape.symbols, SizeIs(1));
  EXPECT_EQ(snapshot.tape.symbols[0].received, 4U);
  EXPECT_EQ(snapshot.tape.symbols[0].per_second, 2);
  EXPECT_EQ(snapshot.tape.symbols[0].last, TradeId{8});
  EXPECT_EQ(snapshot.tape.accepted, 2U);
  EXPECT_EQ(snapshot.tape.per_second, 1);
  EXPECT_EQ(snapshot.tape.duplicates, 1U);
  EXPECT_THAT(snapshot.tape.gap_changes, ElementsAre(Pair("open", 3U), Pair("repaired", 2U),
                                                     Pair("venue", 1U), Pair("elsewhere", 5U)));

  // Rates are those since the last time.
  watch::Snapshot later;
  view.show(shard, {.lines = lines}, at(seconds{12}), later);
  EXPECT_EQ(later.tape.symbols[0].per_second, 0);
  EXPECT_EQ(later.tape.symbols[0].quiet, watch::Seconds{seconds{10}});
}

}  // namespace
}  // namespace k2::shard
