#include "io/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <pty.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace k2::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A pipe, or a terminal of our own, that the log writes to.
class Reader {
 public:
  explicit Reader(bool terminal) {
    if (terminal) {
      EXPECT_EQ(::openpty(&ends_[0], &ends_[1], nullptr, nullptr, nullptr), 0);
    } else {
      EXPECT_EQ(::pipe(ends_.data()), 0);
    }
  }
  Reader(Reader const&) = delete;
  Reader& operator=(Reader const&) = delete;
  ~Reader() {
    ::close(ends_[0]);
    if (ends_[1] >= 0) ::close(ends_[1]);
  }

  [[nodiscard]] int fd() const { return ends_[1]; }

  /// All that was written, once the writing end is closed.
  std::string rest() {
    ::close(ends_[1]);
    ends_[1] = -1;
    std::string text;
    std::array<char, 4096> chunk{};
    for (;;) {
      auto const size = ::read(ends_[0], chunk.data(), chunk.size());
      if (size <= 0) return text;  // a terminal answers EIO at its end
      text.append(chunk.data(), static_cast<std::size_t>(size));
    }
  }

  /// Leaves no room in the pipe.
  void fill() {
    ::fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    while (::write(ends_[1], "#", 1) == 1) {
    }
    ::fcntl(ends_[1], F_SETFL, 0);
  }

  /// Returns the output up to and with `end`; waits for it.
  std::string until(std::string_view end) {
    std::string text;
    char byte = 0;
    while (!text.ends_with(end) && ::read(ends_[0], &byte, 1) == 1) text.push_back(byte);
    return text;
  }

  std::vector<std::string> lines() {
    std::vector<std::string> found;
    std::string const text = rest();
    for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != text.npos; from = to + 1) {
      found.push_back(text.substr(from, to - from));
    }
    return found;
  }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST(Log, WritesOneLineAnEventFromTheLevelUp) {
  Reader reader{false};
  start_log({.level = LogLevel::kInfo, .format = LogFormat::kJson, .fd = reader.fd()});
  log_event(LogLevel::kDebug, "too.quiet");
  log_event(LogLevel::kInfo, "feed.connected", {{"line", 1}});
  log_event(LogLevel::kError, "feed.failed");
  stop_log();
  EXPECT_THAT(reader.lines(),
              ElementsAre(HasSubstr(R"("level":"info","event":"feed.connected","line":1})"),
                          HasSubstr(R"("level":"error","event":"feed.failed"})")));
}

TEST(Log, KeepsLinesOfManyThreadsWhole) {
  Reader reader{false};
  start_log({.format = LogFormat::kLogfmt, .fd = reader.fd()});
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([thread] {
      for (int line = 0; line < 100; ++line) {
        log_event(LogLevel::kInfo, "shard.said", {{"thread", thread}, {"end", "."}});
      }
    });
  }
  for (auto& thread : threads) thread.join();
  stop_log();
  auto const lines = reader.lines();
  EXPECT_EQ(lines.size(), 400U);
  EXPECT_THAT(lines, testing::Each(
                         testing::AllOf(testing::StartsWith("ts="), testing::EndsWith(" end=."))));
}

TEST(Log, LimitsRepeatsOfOneEventAndKey) {
  Reader reader{false};
  start_log({.format = LogFormat::kLogfmt, .fd = reader.fd()});
  for (int repeat = 0; repeat < 50; ++repeat) {
    log_event_limited(LogLevel::kWarn, "rest.refused", "test", {{"status", 500}});
  }
  stop_log();
  EXPECT_EQ(reader.lines().size(), 5U);
}

TEST(Log, CountsWhatAStalledReaderLost) {
  Reader reader{false};
  start_log({.format = LogFormat::kLogfmt, .fd = reader.fd()});
  std::string const big(1000, 'x');
  for (int line = 0; line < 200; ++line) log_event(LogLevel::kInfo, "big", {{"text", big}});
  stop_log();  // ends although nobody reads: 64 KiB of a pipe hold about 60 lines
  auto const lines = reader.lines();
  EXPECT_LT(lines.size(), 100U);
  EXPECT_GT(lines.size(), 30U);
}

TEST(Log, SaysHowManyLinesWereLost) {
  Reader reader{false};
  reader.fill();
  start_log({.format = LogFormat::kLogfmt, .fd = reader.fd()});
  // More than the queue holds, while the writer cannot write: the oldest give way.
  for (int line = 0; line < 2000; ++line) log_event(LogLevel::kInfo, "small", {{"line", line}});
  auto const text = reader.until("event=log.lost lines=") + reader.until("\n");
  EXPECT_GE(std::stoi(text.substr(text.rfind('=') + 1)), 2000 - 1024 - 1);
  EXPECT_THAT(text, HasSubstr("level=warn event=log.lost"));
  (void)reader.until("line=1999\n");
  stop_log();
}

TEST(LogStatus, IsDrawnOnATerminalBelowTheLogLines) {
  Reader reader{true};
  start_log({.format = LogFormat::kLogfmt, .fd = reader.fd()});
  show_status("12 trades/s");
  EXPECT_EQ(reader.until("/s"), "\r\x1b[K12 trades/s");
  log_event(LogLevel::kInfo, "feed.connected");
  EXPECT_THAT(reader.until("connected"), testing::StartsWith("\r\x1b[Kts="));
  EXPECT_EQ(reader.until("/s"), "\r\n12 trades/s");
  stop_log();
  EXPECT_EQ(reader.rest(), "\r\x1b[K");
}

TEST(LogStatus, IsSilentWhenNobodyLooks) {
  Reader reader{false};
  start_log({.format = LogFormat::kLogfmt, .fd = reader.fd()});
  show_status("12 trades/s");
  log_event(LogLevel::kInfo, "feed.connected");
  stop_log();
  EXPECT_THAT(reader.rest(), Not(HasSubstr("trades")));
}

}  // namespace
}  // namespace k2::io
