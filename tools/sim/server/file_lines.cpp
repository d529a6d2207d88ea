#include "tools/sim/server/file_lines.hpp"

#include <stdexcept>

namespace k2::sim {

void FileLines::rewind() {
  if (Errc const code = file_.rewind(); code != Errc::kOk) {
    throw std::runtime_error(file_.path() + ": " + std::string{errc_name(code)});
  }
}

}  // namespace k2::sim
