#include "io/terminal.hpp"

#include <gtest/gtest.h>

#include <pty.h>
#include <unistd.h>

namespace k2::io {
namespace {

TEST(Terminal, TellsItsWidth) {
  winsize size{};
  size.ws_col = 123;
  int outer = -1;
  int inner = -1;
  ASSERT_EQ(::openpty(&outer, &inner, nullptr, nullptr, &size), 0);
  EXPECT_EQ(terminal_columns(inner), 123U);
  ::close(inner);
  ::close(outer);
}

TEST(Terminal, WithoutASizeCountsAsEightyColumns) {
  int outer = -1;
  int inner = -1;
  ASSERT_EQ(::openpty(&outer, &inner, nullptr, nullptr, nullptr), 0);
  EXPECT_EQ(terminal_columns(inner), 80U);
  ::close(inner);
  ::close(outer);
}

TEST(Terminal, IsNotAPipe) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  EXPECT_EQ(terminal_columns(ends[1]), std::nullopt);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace k2::io
