#include "core/printable.hpp"

#include <gtest/gtest.h>

namespace k2 {
namespace {

TEST(Printable, LeavesPlainTextOfAnyScriptAlone) {
  EXPECT_EQ(printable("BTCUSDT 币安人生USDT é 🙂 \\"), "BTCUSDT 币安人生USDT é 🙂 \\");
}

TEST(Printable, EscapesControlCharacters) {
  EXPECT_EQ(printable(std::string{"a\x1b[31m\r\n\t\x7f", 10} + '\0'),
            "a\\u{1b}[31m\\u{0d}\\u{0a}\\u{09}\\u{7f}\\u{00}");
  EXPECT_EQ(printable("a\nb\x1b", true), "a\nb\\u{1b}");
  // The control characters of eight bits, as UTF-8 and as bytes.
  EXPECT_EQ(printable("\xC2\x9B"), "\\u{9b}");
  EXPECT_EQ(printable("\x9B"), "\\x9b");
}

TEST(Printable, EscapesWhatTurnsTheDirectionOrIsInvisible) {
  EXPECT_EQ(printable("\u202eTDSU\u2066x\u200f\u061c"), "\\u{202e}TDSU\\u{2066}x\\u{200f}\\u{61c}");
  EXPECT_EQ(printable("a\u200bb\u2028c\uFEFF"), "a\\u{200b}b\\u{2028}c\\u{feff}");
}

TEST(Printable, EscapesBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("a\xC3"), "a\\xc3");
  EXPECT_EQ(printable("\xE2\x80x\xF0\x9F\x99"), "\\xe2\\x80x\\xf0\\x9f\\x99");
  EXPECT_EQ(printable("\xFF\xC0\x80"), "\\xff\\xc0\\x80");
}

}  // namespace
}  // namespace k2
