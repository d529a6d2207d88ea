#include "io/log_sink.hpp"

#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace k2::io {
namespace {

class LogSinkOnAPipe : public testing::Test {
 protected:
  LogSinkOnAPipe() { EXPECT_EQ(::pipe2(ends_.data(), O_NONBLOCK), 0); }
  ~LogSinkOnAPipe() override {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  std::string read_all() {
    std::string text;
    std::array<char, 4096> chunk{};
    for (ssize_t size = 0; (size = ::read(ends_[0], chunk.data(), chunk.size())) > 0;) {
      text.append(chunk.data(), static_cast<std::size_t>(size));
    }
    return text;
  }

  std::array<int, 2> ends_{-1, -1};
};

TEST_F(LogSinkOnAPipe, LosesAndCountsLinesUntilTheReaderIsBack) {
  LogSink sink{ends_[1], false};
  std::string const line(1000, 'x');
  int written = 0;
  while (sink.write_line(line)) ++written;
  EXPECT_GT(written, 10);
  EXPECT_EQ(sink.lost(), 1U);
  EXPECT_FALSE(sink.write_line(line));
  EXPECT_EQ(sink.lost(), 2U);
  (void)read_all();
  EXPECT_TRUE(sink.write_line("back"));
  EXPECT_EQ(sink.lost(), 2U);
  EXPECT_EQ(read_all(), "back\n");
}

TEST_F(LogSinkOnAPipe, EndsALineThatBrokeOffBeforeTheNext) {
  LogSink sink{ends_[1], false};
  EXPECT_FALSE(sink.write_line(std::string(1'000'000, 'x')));
  EXPECT_FALSE(sink.write_line("lost as a whole"));
  EXPECT_EQ(read_all().find('\n'), std::string::npos);
  EXPECT_TRUE(sink.write_line("back"));
  EXPECT_TRUE(sink.write_line("again"));
  EXPECT_EQ(read_all(), "\nback\nagain\n");
}

TEST_F(LogSinkOnAPipe, DrawsTheStatusBelowEachLine) {
  LogSink sink{ends_[1], true};
  EXPECT_TRUE(sink.set_status("one"));
  EXPECT_FALSE(sink.set_status("one"));
  sink.draw_status();
  EXPECT_EQ(read_all(), "\r\x1b[Kone");
  EXPECT_TRUE(sink.write_line("event"));
  EXPECT_EQ(read_all(), "\r\x1b[Kevent\none");
  EXPECT_TRUE(sink.set_status("two"));
  sink.draw_status();
  EXPECT_EQ(read_all(), "\r\x1b[Ktwo");
  EXPECT_TRUE(sink.set_status(""));
  sink.draw_status();
  EXPECT_EQ(read_all(), "\r\x1b[K");
  EXPECT_TRUE(sink.write_line("last"));
  EXPECT_EQ(read_all(), "last\n");
}

TEST_F(LogSinkOnAPipe, GivesUpOnAReaderThatLeft) {
  LogSink sink{ends_[1], false};
  ::close(ends_[0]);
  EXPECT_FALSE(sink.write_line("nobody reads"));
  EXPECT_EQ(sink.lost(), 1U);
}

}  // namespace
}  // namespace k2::io
