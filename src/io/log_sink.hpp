// Writes log lines and the progress line to the file descriptor. Used by log.cpp only, from one
// thread at a time. A reader that stalls costs one second once; after that, lines are dropped and
// counted until it takes bytes again.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace k2::io {

class LogSink {
 public:
  LogSink(int fd, bool is_terminal) : fd_(fd), is_terminal_(is_terminal) {}

  /// Writes one line above the progress line; false when a stalled reader lost it.
  bool write_line(std::string_view line);
  /// Sets the progress line without drawing it; true when there is something to draw.
  bool set_status(std::string_view text);
  /// Brings the terminal's last line up to date.
  void draw_status();
  /// Lines lost to a stalled reader so far.
  [[nodiscard]] std::uint64_t lost() const { return lost_; }

 private:
  bool write_all(std::string_view bytes);
  // Removes from `bytes` what was written; false when a stall or an error left some.
  bool write_some(std::string_view& bytes);

  int fd_;
  bool is_terminal_;
  bool stalled_ = false;
  bool torn_ = false;
  bool drawn_ = false;
  std::uint64_t lost_ = 0;
  std::mutex status_mutex_;  // guards status_: set by any thread, drawn by the writer
  std::string status_;
};

}  // namespace k2::io
