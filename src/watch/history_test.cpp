#include "watch/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::watch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Snapshot at_second(int second, std::uint64_t accepted) {
  Snapshot snapshot;
  snapshot.at = {.mono = MonoTime{seconds{second}}, .utc = UtcTime{seconds{1000 + second}}};
  snapshot.tape.accepted = accepted;
  snapshot.process.rss_bytes = std::uint64_t{3} << 20;
  return snapshot;
}

TEST(History, TakesAPointEachTenSeconds) {
  History history;
  history.note(at_second(0, 100));
  history.note(at_second(5, 150));
  Snapshot later = at_second(10, 300);
  later.tape.missing_in_holes = 2;
  later.tape.missing_declared = 5;
  later.journal.receive_durable.observe(milliseconds{4}, 10);
  later.tape.exchange_receive.observe(milliseconds{2}, 5);
  later.journal.waiting_trades = 8;
  later.kafka.emplace().lag_records = 9;
  history.note(later);
  EXPECT_EQ(history.json(),
            R"({"at":[1010.0],"per_second":[20.0],"durable_ms":[4.0],"exchange_ms":[2.0],)"
            R"("missing":[7],"to_store":[8],"to_kafka":[9],"rss_mb":[3.0],"leak_score":[0.0]})");
}

TEST(History, HasNoLatencyWhereNothingWasStored) {
  History history;
  history.note(at_second(0, 0));
  history.note(at_second(10, 0));
  EXPECT_THAT(history.json(), ::testing::HasSubstr(R"("durable_ms":[null],"exchange_ms":[null])"));
  EXPECT_THAT(history.json(), ::testing::HasSubstr(R"("to_kafka":[null])"));
}

TEST(History, HasNoWayFromAnExchangeThatReplaysAnotherDay) {
  History history;
  history.note(at_second(0, 0));
  Snapshot later = at_second(10, 1);
  later.tape.exchange_receive.observe(std::chrono::hours{24});
  history.note(later);
  EXPECT_THAT(history.json(), ::testing::HasSubstr(R"("exchange_ms":[null])"));
}

TEST(History, HoldsAnHour) {
  History history;
  for (int second = 0; second <= 7200; second += 10) history.note(at_second(second, 0));
  EXPECT_THAT(history.json(), ::testing::StartsWith(R"({"at":[4610.0,)"));
}

}  // namespace
}  // namespace k2::watch
