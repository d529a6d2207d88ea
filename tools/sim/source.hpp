// The origin of publications: a recording played again, or a seeded generator. Pure; one thread.
#pragma once

#include "tools/sim/publication.hpp"

#include <string_view>

namespace k2::sim {

/// Yields publications in the order in which they are to be published.
class Source {
 public:
  Source() = default;
  Source(Source const&) = delete;
  Source& operator=(Source const&) = delete;
  virtual ~Source() = default;

  /// Yields the next publication; false when there is none left, ever. Its texts live until the
  /// next call.
  [[nodiscard]] virtual bool next(Publication& publication) = 0;
  /// True when its times are those of the run, and not of a day long gone.
  [[nodiscard]] virtual bool live() const { return false; }
};

/// The lines of one recording, wherever they are kept.
class Lines {
 public:
  Lines() = default;
  Lines(Lines const&) = delete;
  Lines& operator=(Lines const&) = delete;
  virtual ~Lines() = default;

  /// Yields the next line without its line break; it lives until the next call. False at the end.
  [[nodiscard]] virtual bool next(std::string_view& line) = 0;
  /// Goes back to the first line.
  virtual void rewind() = 0;
  /// The file's name, for the symbol that a CSV does not contain itself.
  [[nodiscard]] virtual std::string_view name() const = 0;
};

}  // namespace k2::sim
