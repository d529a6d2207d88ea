#include "core/ws/receive_buffer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace k2::ws {
namespace {

void write(ReceiveBuffer& buffer, std::string_view text) {
  auto const space = buffer.writable(text.size());
  ASSERT_GE(space.size(), text.size());
  std::ranges::copy(text, space.begin());
  buffer.commit(text.size());
}

std::string readable(ReceiveBuffer& buffer) {
  auto const bytes = buffer.readable();
  return {bytes.begin(), bytes.end()};
}

TEST(ReceiveBuffer, GivesBackWhatWasWrittenInOrder) {
  ReceiveBuffer buffer;
  EXPECT_EQ(readable(buffer), "");
  write(buffer, "abc");
  write(buffer, "def");
  EXPECT_EQ(readable(buffer), "abcdef");
  buffer.consume(2);
  EXPECT_EQ(readable(buffer), "cdef");
}

TEST(ReceiveBuffer, MovesTheRestToTheFrontInsteadOfGrowing) {
  ReceiveBuffer buffer{16};
  write(buffer, "0123456789abcdef");
  buffer.consume(10);
  EXPECT_EQ(buffer.writable(10).size(), 10U);
  EXPECT_EQ(readable(buffer), "abcdef");
  EXPECT_EQ(buffer.capacity(), 16U);
}

TEST(ReceiveBuffer, GrowsAndKeepsTheData) {
  ReceiveBuffer buffer{1000};
  write(buffer, "0123456789");
  buffer.consume(4);
  write(buffer, std::string(500, 'x'));
  EXPECT_EQ(readable(buffer), "456789" + std::string(500, 'x'));
}

TEST(ReceiveBuffer, NeverGrowsAboveItsBound) {
  ReceiveBuffer buffer{100};
  write(buffer, std::string(90, 'x'));
  EXPECT_EQ(buffer.writable(50).size(), 10U);
  buffer.commit(10);
  EXPECT_TRUE(buffer.writable(1).empty());
  EXPECT_EQ(buffer.capacity(), 100U);
  buffer.consume(100);
  EXPECT_EQ(buffer.writable(1).size(), 100U);
}

TEST(ReceiveBuffer, KeepsConsumedBytesInPlaceUntilTheNextWrite) {
  ReceiveBuffer buffer{64};
  write(buffer, "message");
  std::string_view const view{buffer.readable().data(), 7};
  buffer.consume(7);
  EXPECT_EQ(readable(buffer), "");
  EXPECT_EQ(view, "message");
}

TEST(ReceiveBuffer, HasReadableSlackBehindAFullBuffer) {
  ReceiveBuffer buffer{32};
  write(buffer, std::string(32, 'x'));
  char const* const end = buffer.readable().data() + 32;
  EXPECT_EQ(std::count(end, end + ReceiveBuffer::kSlackBytes, '\0'), 64);
}

TEST(ReceiveBuffer, ForgetsEverythingOnClear) {
  ReceiveBuffer buffer;
  write(buffer, "left over");
  buffer.clear();
  EXPECT_EQ(readable(buffer), "");
}

TEST(ReceiveBufferDeathTest, StopsOnCommittingMoreThanItGave) {
  ReceiveBuffer buffer{16};
  (void)buffer.writable(1);
  EXPECT_DEATH(buffer.commit(17), "size <= capacity_ - end_");
  EXPECT_DEATH(buffer.consume(1), "size <= end_ - begin_");
}

}  // namespace
}  // namespace k2::ws
