#include "io/topic_schemas.hpp"

#include "tests/support/stub_registry.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace k2::io {
namespace {

using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

/// A registry whose ids can change, and that can be down.
class TopicSchemasTest : public testing::Test {
 protected:
  TopicSchemasTest() {
    options_.topic = "t";
    options_.registry = registry_.options();
  }

  /// The id in front of a datum of the topic.
  static std::int32_t id_of(TopicSchemas& schemas, sink::DeliveryTopic topic) {
    return schemas.serializer(topic).schema_id;
  }

  /// A whole round of questions.
  static void recheck_all(TopicSchemas& schemas, MonoTime now) {
    for (int subject = 0; subject < 3; ++subject) schemas.recheck(now);
  }

  std::atomic<int> id_{103};
  std::atomic<bool> down_{false};
  test::StubRegistry registry_{[this](HttpServerRequest const&) {
    return down_ ? test::reply(503, "") : test::reply(200, R"({"id":)" + std::to_string(id_) + "}");
  }};
  test::TempDir folder_;
  KafkaOptions options_;
  sink::SerializerCache cache_{10};
};

TEST_F(TopicSchemasTest, AnIdThatChangesWhileItIsUsedIsUsedFromThenOn) {
  TopicSchemas schemas{options_, folder_.path(), cache_};
  ASSERT_TRUE(schemas.learn());
  recheck_all(schemas, kStart);
  EXPECT_EQ(id_of(schemas, sink::DeliveryTopic::kTrades), 103);
  id_ = 503;
  recheck_all(schemas, kStart + 4min);
  EXPECT_EQ(id_of(schemas, sink::DeliveryTopic::kTrades), 103) << "not due";
  recheck_all(schemas, kStart + 5min);
  for (auto const topic : {sink::DeliveryTopic::kTrades, sink::DeliveryTopic::kGaps,
                           sink::DeliveryTopic::kDeadLetters}) {
    EXPECT_EQ(id_of(schemas, topic), 503);
  }
  // The next connection, and the next start without a registry, use it as well.
  TopicSchemas again{options_, folder_.path(), cache_};
  ASSERT_TRUE(again.learn());
  EXPECT_EQ(id_of(again, sink::DeliveryTopic::kTrades), 503);
  down_ = true;
  sink::SerializerCache other{10};
  TopicSchemas start{options_, folder_.path(), other};
  ASSERT_TRUE(start.learn());
  EXPECT_EQ(id_of(start, sink::DeliveryTopic::kGaps), 503);
}

TEST_F(TopicSchemasTest, ARegistryThatIsDownChangesNothing) {
  TopicSchemas schemas{options_, folder_.path(), cache_};
  ASSERT_TRUE(schemas.learn());
  down_ = true;
  id_ = 503;
  recheck_all(schemas, kStart);
  EXPECT_EQ(id_of(schemas, sink::DeliveryTopic::kTrades), 103);
  auto const asked = registry_.targets().size();
  recheck_all(schemas, kStart + 59s);
  EXPECT_EQ(registry_.targets().size(), asked) << "not asked again for a minute";
  down_ = false;
  recheck_all(schemas, kStart + 60s);
  EXPECT_EQ(id_of(schemas, sink::DeliveryTopic::kTrades), 503);
}

TEST_F(TopicSchemasTest, WithoutARegistryTheIdsOfAnotherOneAreNotUsed) {
  {
    TopicSchemas schemas{options_, folder_.path(), cache_};
    ASSERT_TRUE(schemas.learn());
  }
  down_ = true;
  sink::SerializerCache cache{10};
  options_.registry.url += "/other";
  TopicSchemas schemas{options_, folder_.path(), cache};
  EXPECT_EQ(schemas.learn().error().code, Errc::kHttpStatus);
}

}  // namespace
}  // namespace k2::io
