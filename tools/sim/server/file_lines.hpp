// The lines of a recorded file, in the form that the replay needs. A file that cannot be read to
// its end is the end of the run: the exception holds the reason and main prints it.
#pragma once

#include "io/line_file.hpp"
#include "tools/sim/source.hpp"

#include <utility>

namespace k2::sim {

class FileLines final : public Lines {
 public:
  explicit FileLines(io::LineFile file) : file_(std::move(file)) {}

  [[nodiscard]] bool next(std::string_view& line) override { return file_.next(line).value(); }
  void rewind() override;
  [[nodiscard]] std::string_view name() const override { return file_.path(); }

 private:
  io::LineFile file_;
};

}  // namespace k2::sim
