#include "core/ws/violation.hpp"

#include <gtest/gtest.h>

#include <set>

namespace k2::ws {
namespace {

TEST(Violation, HasATextOfItsOwnEach) {
  std::set<std::string_view> texts;
  for (int code = 0; code <= static_cast<int>(Violation::kMessageTooBig); ++code) {
    auto const text = violation_text(static_cast<Violation>(code));
    EXPECT_NE(text, "unknown") << code;
    EXPECT_TRUE(texts.insert(text).second) << text;
  }
}

TEST(Violation, IsAnsweredWithTheCodeOfSection7_4_1) {
  EXPECT_EQ(violation_close_code(Violation::kReservedBits), 1002);
  EXPECT_EQ(violation_close_code(Violation::kCloseCodeInvalid), 1002);
  EXPECT_EQ(violation_close_code(Violation::kTextNotUtf8), 1007);
  EXPECT_EQ(violation_close_code(Violation::kCloseReasonNotUtf8), 1007);
  EXPECT_EQ(violation_close_code(Violation::kMessageTooBig), 1009);
}

TEST(Violation, TellsSizeFromTheRest) {
  EXPECT_EQ(violation_errc(Violation::kNone), Errc::kOk);
  EXPECT_EQ(violation_errc(Violation::kMaskMissing), Errc::kWsProtocol);
  EXPECT_EQ(violation_errc(Violation::kMessageTooBig), Errc::kWsTooBig);
}

}  // namespace
}  // namespace k2::ws
