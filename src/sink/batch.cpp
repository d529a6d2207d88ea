#include "sink/batch.hpp"

namespace k2::sink {

void Batch::clear() {
  block.count = 0;
  block.bytes.clear();
  block.positions.clear();
  gaps.clear();
  restarts.clear();
  // They are rare: their memory is not worth keeping in each batch that goes round.
  dead_letters = {};
  letter_memory = {};
}

}  // namespace k2::sink
