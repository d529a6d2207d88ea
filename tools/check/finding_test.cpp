#include "tools/check/finding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::check {
namespace {

TEST(Finding, IsALineAndItsRemedyAnother) {
  EXPECT_EQ(
      line_of({.grade = Grade::kWarn, .subject = "clock", .seen = "late", .remedy = "set it"}),
      "WARN  clock: late\n      -> set it\n");
  EXPECT_EQ(line_of({.subject = "disk", .seen = "fine"}), "OK    disk: fine\n");
}

TEST(Finding, ShowsNoControlCharactersThatAServerSent) {
  EXPECT_EQ(line_of({.grade = Grade::kFail, .subject = "REST", .seen = "a\x1B[2Jb\nc"}),
            "FAIL  REST: a?[2Jb?c\n");
}

TEST(Finding, TakesAnErrorWhole) {
  EXPECT_EQ(
      failed("line", Error{Errc::kDnsFailed, "no such host"}),
      (Finding{.grade = Grade::kFail, .subject = "line", .seen = "dns_failed: no such host"}));
}

TEST(Findings, AreAsGoodAsTheWorst) {
  Finding const ok{.subject = "a"};
  Finding const warn{.grade = Grade::kWarn, .subject = "b"};
  Finding const fail{.grade = Grade::kFail, .subject = "c"};
  EXPECT_EQ(worst({}), Grade::kOk);
  EXPECT_EQ(worst(Findings{ok, warn, ok}), Grade::kWarn);
  EXPECT_EQ(worst(Findings{fail, warn}), Grade::kFail);
}

TEST(Findings, AreJsonWhateverTheirBytes) {
  EXPECT_EQ(json_of(Findings{{.subject = "a\"\xFF", .seen = "b"}}),
            "{\n  \"findings\": [\n    {\n      \"grade\": \"ok\",\n      \"remedy\": \"\",\n"
            "      \"seen\": \"b\",\n      \"subject\": \"a\\\"\xEF\xBF\xBD\"\n    }\n  ],\n"
            "  \"grade\": \"ok\"\n}\n");
}

}  // namespace
}  // namespace k2::check
