// A promise was broken: which oracle saw it, and what it saw. Ends the run of a seed.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace k2::simulation {

class OracleFailure : public std::runtime_error {
 public:
  OracleFailure(std::string oracle, std::string const& what)
      : std::runtime_error(what), oracle_(std::move(oracle)) {}
  [[nodiscard]] std::string const& oracle() const noexcept { return oracle_; }

 private:
  std::string oracle_;
};

}  // namespace k2::simulation
