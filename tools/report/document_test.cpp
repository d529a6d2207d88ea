#include "tools/report/document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace k2::report {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Made {
  Subject subject{.span = {0, 2 * kDaySeconds},
                  .server = "http://prometheus:9090",
                  .selection = {},
                  .made_at_s = 3 * kDaySeconds,
                  .version = "k2 0"};
  std::vector<InstanceFacts> instances;
  Judgement judgement;

  explicit Made(std::string name) {
    InstanceFacts instance;
    instance.name = std::move(name);
    instance.whole.span = subject.span;
    for (Span const day : days_of(subject.span)) {
      Facts facts;
      facts.span = day;
      instance.days.push_back(facts);
    }
    instances.push_back(std::move(instance));
    judgement = judge(instances, {}, {}, {});
  }
  [[nodiscard]] Document document() const {
    return document_of(subject, instances, judgement, {}, {});
  }
};

TEST(Document, SaysOfEverythingThatItWasNotMeasured) {
  auto const text = markdown_of(Made{"a"}.document());
  EXPECT_THAT(text, HasSubstr("# K2 validation report: NOT APPROVED\n"));
  EXPECT_THAT(text, HasSubstr("- a: uptime: not measured (required: more than 99.9 %)"));
  EXPECT_THAT(text, HasSubstr("| alerts | none critical | the rules were not evaluated | "
                              "0.0 % | **unknown** |"));
  EXPECT_THAT(text, HasSubstr("| uptime | **-** | **-** | **-** |"));
}

TEST(Document, LetsNoNameBreakItsTables) {
  EXPECT_THAT(
      markdown_of({.title = "t", .sections = {{.title = "s", .tables = {{{"h"}, {{"a|b"}}}}}}}),
      HasSubstr("| a\\|b |"));
  auto const page = html_of(Made{"<script>alert(1)</script>"}.document());
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
}

TEST(Document, IsOnePageThatNeedsNothingElse) {
  auto const page = html_of(Made{"a"}.document());
  EXPECT_THAT(page, testing::StartsWith("<!doctype html>"));
  EXPECT_THAT(page, Not(HasSubstr("http-equiv")));
  EXPECT_THAT(page, Not(HasSubstr("src=")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
  EXPECT_THAT(page, HasSubstr("class=\"not-approved\""));
}

TEST(Document, AsJsonTellsNothingAsNull) {
  Made const made{"a"};
  auto const json = nlohmann::json::parse(json_of(made.subject, made.instances, made.judgement));
  EXPECT_EQ(json["verdict"], "NOT APPROVED");
  EXPECT_EQ(json["from"], "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(json["instances"][0]["instance"], "a");
  EXPECT_TRUE(json["instances"][0]["whole"]["uptime"].is_null());
  EXPECT_EQ(json["instances"][0]["days"].size(), 2U);
  EXPECT_EQ(json["instances"][0]["criteria"][1]["outcome"], "unknown");
  EXPECT_EQ(json["instances"][0]["criteria"][1]["measured_share"], 0);
}

TEST(Checklist, TicksEachCriterionOfTheLastDay) {
  Made made{"a"};
  made.instances[0].days.back().uptime = 1;
  auto const text = checklist_of(made.subject, made.instances, made.judgement, {});
  EXPECT_THAT(text, HasSubstr("K2 daily checklist, 1970-01-02 00:00 to 1970-01-03 00:00 UTC"));
  EXPECT_THAT(text, HasSubstr("[x] uptime          100.000 %  (more than 99.9 %)\n"));
  EXPECT_THAT(text, HasSubstr("[?] memory          not measured  "));
  EXPECT_THAT(text, HasSubstr("[-] verify"));
}

TEST(VerifyResult, IsReadFromBehindATerminalsLines) {
  auto const result = parse_verify(
      "f", "verifying\n{\"clean\": true, \"verdict\": \"CLEAN\", \"total\": {\"stored\": 12}}\n");
  EXPECT_TRUE(result.readable);
  EXPECT_TRUE(result.clean);
  EXPECT_EQ(result.verdict, "CLEAN");
  EXPECT_EQ(result.stored, 12U);
}

TEST(VerifyResult, HoldsWhatItWasMadeOf) {
  auto const result = parse_verify("f", R"({"clean": false, "outcome": "unknown", "verdict": "U",
      "version": "1.2", "against": "ledger", "tapes": 2, "total": {"stored": 12},
      "period": {"first_trade": "1970-01-01T00:01:00Z", "last_trade": "1970-01-02T00:00:00Z"},
      "symbols": [{"coverage": {"in_open_gaps": 3}}, {"coverage": {"in_open_gaps": 4}}]})");
  EXPECT_EQ(result.outcome, "unknown");
  EXPECT_EQ(result.version, "1.2");
  EXPECT_EQ(result.tapes, 2U);
  EXPECT_EQ(result.in_open_gaps, 7U);
  EXPECT_EQ(result.first_s, 60);
  EXPECT_EQ(result.last_s, kDaySeconds);
}

TEST(VerifyResult, OfAnythingElseIsNotReadable) {
  for (char const* const text : {"", "{", "{}", R"({"clean": "yes"})", "[true]"}) {
    EXPECT_FALSE(parse_verify("f", text).readable) << text;
    EXPECT_FALSE(parse_verify("f", text).clean) << text;
  }
}

}  // namespace
}  // namespace k2::report
