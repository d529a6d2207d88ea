#include "sink/letter_cursor.hpp"

#include <gtest/gtest.h>

namespace k2::sink {
namespace {

MonoTime at(int second) {
  return MonoTime{std::chrono::seconds{second}};
}

TEST(LetterCursor, NothingIsDueBeforeTheTopicHasSpoken) {
  LetterCursor cursor;
  EXPECT_EQ(cursor.due(at(0)), std::nullopt);
  cursor.known(0);
  EXPECT_EQ(cursor.due(at(0)), 0U);
}

TEST(LetterCursor, GoesOnBehindWhatWasCommitted) {
  LetterCursor cursor;
  cursor.known(3);
  cursor.board(5);
  EXPECT_EQ(cursor.aboard(), 5U);
  cursor.committed();
  EXPECT_EQ(cursor.due(at(0)), 5U);
  cursor.committed();
  EXPECT_EQ(cursor.due(at(0)), 5U);
}

TEST(LetterCursor, AfterAFailureTradesGoAloneForLongerEachTime) {
  LetterCursor cursor;
  cursor.known(3);
  int now = 0;
  for (int const pause : {1, 2, 4, 8, 16, 32, 60, 60}) {
    cursor.board(5);
    cursor.forget(at(now));
    EXPECT_FALSE(cursor.is_known());
    cursor.known(3);
    EXPECT_EQ(cursor.due(at(now + pause - 1)), std::nullopt);
    now += pause;
    EXPECT_EQ(cursor.due(at(now)), 3U);
  }
  cursor.board(4);
  cursor.committed();
  cursor.board(5);
  cursor.forget(at(now));
  cursor.known(4);
  EXPECT_EQ(cursor.due(at(now)), std::nullopt);
  EXPECT_EQ(cursor.due(at(now + 1)), 4U);
}

TEST(LetterCursor, AFailureWithoutLettersIsNotTheirs) {
  LetterCursor cursor;
  cursor.known(3);
  cursor.forget(at(0));
  cursor.known(3);
  EXPECT_EQ(cursor.due(at(0)), 3U);
}

}  // namespace
}  // namespace k2::sink
