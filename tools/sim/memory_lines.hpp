// Lines kept in memory: small recordings of tests and simulations. Pure.
#pragma once

#include "tools/sim/source.hpp"

#include <string>
#include <utility>
#include <vector>

namespace k2::sim {

class MemoryLines final : public Lines {
 public:
  MemoryLines(std::string name, std::vector<std::string> lines)
      : name_(std::move(name)), lines_(std::move(lines)) {}

  [[nodiscard]] bool next(std::string_view& line) override {
    if (at_ == lines_.size()) return false;
    line = lines_[at_++];
    return true;
  }
  void rewind() override { at_ = 0; }
  [[nodiscard]] std::string_view name() const override { return name_; }

 private:
  std::string name_;
  std::vector<std::string> lines_;
  std::size_t at_ = 0;
};

}  // namespace k2::sim
