#include "sink/batch.hpp"

namespace k2::sink {

void Batch::clear() {
  block.count = 0;
  block.bytes.clear();
  block.positions.clear();
  gaps.clear();
  dead_letters.clear();
}

}  // namespace k2::sink
