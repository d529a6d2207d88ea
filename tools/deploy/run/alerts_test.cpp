#include "tools/deploy/run/alerts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::deploy {
namespace {

TEST(DeployAlerts, AreThoseThatFire) {
  auto const names = read_alerts(R"({"status":"success","data":{"alerts":[
    {"labels":{"alertname":"B","symbol":"1"},"state":"firing"},
    {"labels":{"alertname":"B","symbol":"2"},"state":"firing"},
    {"labels":{"alertname":"C"},"state":"pending"},
    {"labels":{"alertname":"A"},"state":"firing"}]}})");
  ASSERT_TRUE(names) << names.error().to_string();
  EXPECT_THAT(*names, testing::ElementsAre("A", "B"));
}

TEST(DeployAlerts, AreNotTakenFromAnythingElse) {
  EXPECT_EQ(read_alerts("404").error().code, Errc::kJsonSyntax);
  EXPECT_EQ(read_alerts(R"({"data":{}})").error().code, Errc::kJsonSyntax);
}

}  // namespace
}  // namespace k2::deploy
