#include "app/soak_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace k2::app {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

TEST(SoakOptions, HandsSecretsOnByTheEnvironment) {
  constexpr char const* kVariable = "K2_KAFKA_LIBRDKAFKA";
  Flags flags;
  flags.settings = {{"binance.symbols", "BTCUSDT"},
                    {"sink", "kafka"},
                    {"kafka.topic", "mine"},
                    {"kafka.librdkafka", "sasl.password=hunter2"}};
  auto const resolved =
      resolve_config(all_settings(), {.flags = flags.settings, .environment = {}, .file = {}});
  auto const options = soak_options(flags, resolved.config, {});
  ASSERT_TRUE(options) << options.error().to_string();
  ASSERT_TRUE(options->kafka_flags);
  for (auto const& passed : {options->stream_flags, *options->kafka_flags}) {
    EXPECT_THAT(passed, Each(Not(HasSubstr("hunter2"))));
    EXPECT_THAT(passed, Contains("--kafka-topic=mine"));
  }
  char const* const handed_on = std::getenv(kVariable);
  ASSERT_NE(handed_on, nullptr);
  EXPECT_STREQ(handed_on, "sasl.password=hunter2");
  ::unsetenv(kVariable);
}

}  // namespace
}  // namespace k2::app
