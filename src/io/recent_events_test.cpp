#include "io/recent_events.hpp"

#include "io/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::io {
namespace {

TEST(RecentEvents, AreOneJsonArray) {
  RecentEvents events;
  EXPECT_EQ(events.json(), "[]");
  events.add(R"({"event":"a"})");
  events.add(R"({"event":"b"})");
  EXPECT_EQ(events.json(), R"([{"event":"a"},{"event":"b"}])");
}

TEST(RecentEvents, KeepTheNewest) {
  RecentEvents events;
  for (std::size_t at = 0; at <= RecentEvents::kEventsMax; ++at) events.add(std::to_string(at));
  EXPECT_THAT(events.json(), ::testing::StartsWith("[1,2,"));
  EXPECT_THAT(events.json(), ::testing::EndsWith(",99,100]"));
}

TEST(RecentEvents, AreWhatIsLogged) {
  log_event(LogLevel::kWarn, "test.event", {{"name", "<b>\"x\""}});
  EXPECT_THAT(recent_events().json(),
              ::testing::HasSubstr(R"("event":"test.event","name":"<b>\"x\""})"));
}

}  // namespace
}  // namespace k2::io
