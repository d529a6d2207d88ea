// The log: events with fields, one line each on stderr. Callable from every thread; a line is
// handed to a writer thread through a bounded queue, so that a terminal or pipe that stalls never
// stalls the caller: the oldest lines are dropped then, counted, and the count is logged.
// On a terminal it also owns the progress line, which log lines never tear.
#pragma once

#include "io/log_format.hpp"

#include <initializer_list>
#include <string_view>

namespace k2::io {

struct LogSetup {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kLogfmt;
  int fd = 2;
};

/// Starts the writer thread; before that, and after stop_log, lines are written by the caller.
void start_log(LogSetup const& setup);

/// Writes what is queued and ends the writer thread. Call it last in main.
void stop_log();

/// Logs one event; costs nothing but a comparison when the level is below the one set up.
void log_event(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

/// Like log_event, but a repeated (event, key) passes only kRepeatsMax times per kRepeatInterval;
/// the next line that passes has the number of `suppressed` ones.
void log_event_limited(LogLevel level, std::string_view event, std::string_view key,
                       std::initializer_list<LogField> fields = {});

/// Shows `text` as the terminal's last line until it is replaced; empty removes it. Does nothing
/// when the log does not go to a terminal.
void show_status(std::string_view text);

}  // namespace k2::io
