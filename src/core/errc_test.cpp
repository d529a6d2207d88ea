#include "core/errc.hpp"

#include "core/result.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace k2 {
namespace {

TEST(Errc, EveryCodeHasANameOfItsOwn) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Errc::kBusy); ++code) {
    auto const name = errc_name(static_cast<Errc>(code));
    EXPECT_NE(name, "unknown");
    EXPECT_TRUE(names.insert(name).second) << name;
  }
}

TEST(Error, CutsADetailThatAnAttackerMadeLong) {
  Error const error{Errc::kJsonSyntax, std::string(10'000, 'x')};
  EXPECT_EQ(error.detail.size(), Error::kDetailMax);
}

TEST(Error, PrintsItsNameAndDetail) {
  EXPECT_EQ((Error{Errc::kTimeout, "no pong"}.to_string()), "timeout: no pong");
  EXPECT_EQ((Error{Errc::kTimeout}.to_string()), "timeout");
}

TEST(Result, ThrowsItsErrorOnlyWhenTheValueIsForced) {
  Result<int> const failed = Error{Errc::kBusy, "held"};
  EXPECT_THROW((void)failed.value(), std::runtime_error);
}

}  // namespace
}  // namespace k2
