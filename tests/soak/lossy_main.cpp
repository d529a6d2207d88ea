// The program with one bug in it: trades that waited behind a hole are never delivered. A soak must
// name it. Only the sequencer is built with planted bugs; the rest is the program's own.
#include "core/planted.hpp"

namespace {

bool const planted = [] {
  k2::planted_bug = k2::PlantedBug::kDropWaiting;
  return true;
}();

}  // namespace
