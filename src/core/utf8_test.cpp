#include "core/utf8.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2 {
namespace {

TEST(Utf8, AcceptsEveryLengthOfCodePoint) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain ascii, longer than one word of eight bytes"));
  EXPECT_TRUE(is_utf8("\xC2\x80"));
  EXPECT_TRUE(is_utf8("\xDF\xBF"));
  EXPECT_TRUE(is_utf8("\xE0\xA0\x80"));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF"));
  EXPECT_TRUE(is_utf8("\xEF\xBF\xBF"));
  EXPECT_TRUE(is_utf8("\xF0\x90\x80\x80"));
  EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF"));
}

TEST(Utf8, RefusesOverlongSurrogateAndTooLargeForms) {
  for (std::string_view const text :
       {"\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\x80", "a\x80",
        "\xC2"
        "a"}) {
    EXPECT_FALSE(is_utf8(text));
  }
}

TEST(Utf8, FindsACutCodePointOnlyAtTheEnd) {
  std::string const euro = "12345678\xE2\x82\xAC";
  for (std::size_t cut = 0; cut <= euro.size(); ++cut) {
    Utf8Validator validator;
    EXPECT_TRUE(validator.feed(std::string_view{euro}.substr(0, cut)));
    EXPECT_EQ(validator.complete(), cut <= 8 || cut == euro.size()) << cut;
    EXPECT_TRUE(validator.feed(std::string_view{euro}.substr(cut)));
    EXPECT_TRUE(validator.complete());
  }
}

TEST(Utf8, SeesABadByteAtEveryPlaceOfEveryLength) {
  for (std::size_t length = 1; length <= 100; ++length) {
    EXPECT_TRUE(is_utf8(std::string(length, 'a'))) << length;
    for (std::size_t place = 0; place < length; ++place) {
      std::string text(length, 'a');
      text[place] = '\xFF';
      ASSERT_FALSE(is_utf8(text)) << place << " of " << length;
      Utf8Validator validator;
      ASSERT_FALSE(validator.feed(text)) << place << " of " << length;
    }
  }
}

TEST(Utf8, GoesOnAfterAnyRunOfAscii) {
  for (std::size_t run = 0; run <= 100; ++run) {
    std::string const ascii(run, 'a');
    EXPECT_TRUE(is_utf8(ascii + "\xE2\x82\xAC" + ascii + "\xC2\x80" + ascii)) << run;
    EXPECT_FALSE(is_utf8(ascii + "\xE2\x82" + ascii)) << run;
  }
}

TEST(Utf8, StaysFailedOnceItFailed) {
  Utf8Validator validator;
  EXPECT_FALSE(validator.feed("\xFF"));
  EXPECT_FALSE(validator.feed("fine"));
  EXPECT_FALSE(validator.complete());
  validator.reset();
  EXPECT_TRUE(validator.feed("fine"));
}

}  // namespace
}  // namespace k2
