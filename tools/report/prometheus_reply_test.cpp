#include "tools/report/prometheus_reply.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>

namespace k2::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char const* kMatrix =
    R"({"status":"success","data":{"resultType":"matrix","result":[
       {"metric":{"__name__":"up","instance":"a"},"values":[[60,"1"],[120.5,"0"]]}]}})";

TEST(Reply, HoldsSeriesWithTheirSamples) {
  auto const reply = parse_reply(200, kMatrix);
  ASSERT_TRUE(reply);
  ASSERT_THAT(reply->series, SizeIs(1));
  EXPECT_EQ(reply->series[0].label("instance"), "a");
  EXPECT_EQ(reply->series[0].label("job"), "");
  EXPECT_THAT(reply->series[0].samples, ElementsAre(Sample{60, 1}, Sample{120.5, 0}));
  EXPECT_THAT(reply->warnings, IsEmpty());
}

TEST(Reply, OfAnInstantHasOneSampleEach) {
  auto const reply =
      parse_reply(200, R"({"status":"success","data":{"resultType":"vector","result":[
             {"metric":{},"value":[60,"0.5"]}]}})");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->series[0].samples, ElementsAre(Sample{60, 0.5}));
}

TEST(Reply, CountsWhatIsNoNumberAsMissing) {
  auto const reply =
      parse_reply(200, R"({"status":"success","data":{"resultType":"matrix","result":[
             {"metric":{},"values":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"],[4,"7"]]}]}})");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->series[0].samples, ElementsAre(Sample{4, 7}));
  EXPECT_THAT(reply->series[0].not_numbers, ElementsAre(1, 2, 3));
}

TEST(Reply, SaysThatItMayBePartial) {
  auto const reply = parse_reply(200, R"({"status":"success","warnings":["store b is down"],
             "data":{"resultType":"matrix","result":[]}})");
  ASSERT_TRUE(reply);
  EXPECT_THAT(reply->warnings, ElementsAre("store b is down"));
}

struct Bad {
  int status;
  char const* body;
  Errc code;
  char const* words;
};

void PrintTo(Bad const& bad, std::ostream* out) {
  *out << bad.status << " " << bad.words;
}

class BadReply : public testing::TestWithParam<Bad> {};

TEST_P(BadReply, IsAnErrorAndNeverNothing) {
  auto const reply = parse_reply(GetParam().status, GetParam().body);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, GetParam().code);
  EXPECT_THAT(reply.error().detail, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, BadReply,
    testing::Values(Bad{200, "<html>login</html>", Errc::kJsonSyntax, "login"},
                    Bad{200, "", Errc::kJsonSyntax, "no JSON"},
                    Bad{200, R"({"status":"success","data":{"resultType":"matrix","result":[{"met)",
                        Errc::kJsonSyntax, "no JSON"},
                    Bad{400, R"({"status":"error","error":"invalid parameter \"query\""})",
                        Errc::kHttpStatus, "invalid parameter"},
                    Bad{503, "try later", Errc::kHttpStatus, "status 503: try later"},
                    Bad{200, R"({"status":"error","error":"query timed out"})", Errc::kFieldInvalid,
                        "query timed out"},
                    Bad{200, R"({"status":5})", Errc::kFieldInvalid, "no answer"},
                    Bad{200, "[]", Errc::kFieldInvalid, "no answer"},
                    Bad{200, R"({"status":"success"})", Errc::kFieldInvalid, "no result"},
                    Bad{200,
                        R"({"status":"success","data":{"resultType":"scalar","result":[1,"2"]}})",
                        Errc::kFieldInvalid, "scalar"},
                    Bad{200, R"({"status":"success","data":{"resultType":"matrix","result":[7]}})",
                        Errc::kFieldInvalid, "damaged"},
                    Bad{200, R"({"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{"a":1},"values":[]}]}})",
                        Errc::kFieldInvalid, "damaged"},
                    Bad{200, R"({"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{},"values":[[1,2]]}]}})",
                        Errc::kFieldInvalid, "damaged"},
                    Bad{200, R"({"status":"success","data":{"resultType":"matrix","result":[
            {"metric":{},"values":[[1,"much"]]}]}})",
                        Errc::kFieldInvalid, "damaged"}));

TEST(Append, JoinsStretchesOfASeriesAndKeepsOrder) {
  std::vector<Series> all;
  append(all, {{.labels = {{"instance", "a"}}, .samples = {{1, 1}, {2, 2}}}});
  append(all, {{.labels = {{"instance", "a"}}, .samples = {{2, 2}, {3, 3}}},
               {.labels = {{"instance", "b"}}, .samples = {{3, 9}}}});
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_THAT(all[0].samples, ElementsAre(Sample{1, 1}, Sample{2, 2}, Sample{3, 3}));
}

}  // namespace
}  // namespace k2::report
