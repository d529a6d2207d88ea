#include "sink/schema_pace.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

TEST(SchemaPace, AsksForEachSubjectOnceAndAgainAfterTheInterval) {
  SchemaPace pace{3};
  for (std::size_t subject = 0; subject < 3; ++subject) {
    EXPECT_EQ(pace.due(kStart), subject);
    pace.on_asked(true, kStart);
  }
  EXPECT_EQ(pace.due(kStart), std::nullopt);
  EXPECT_EQ(pace.due(kStart + 5min - 1ns), std::nullopt);
  EXPECT_EQ(pace.due(kStart + 5min), 0U);
}

TEST(SchemaPace, WaitsLongerAndLongerForARegistryThatDoesNotAnswer) {
  SchemaPace pace{2};
  MonoTime now = kStart;
  pace.on_asked(true, now);
  for (auto const pause : {1min, 2min, 4min, 8min, 16min, 16min}) {
    pace.on_asked(false, now);
    EXPECT_EQ(pace.due(now + pause - 1ns), std::nullopt);
    now += pause;
    EXPECT_EQ(pace.due(now), 1U) << "the same subject again";
  }
  pace.on_asked(true, now);
  pace.on_asked(false, now + 5min);
  EXPECT_EQ(pace.due(now + 6min), 0U) << "the first pause again";
}

}  // namespace
}  // namespace k2::sink
