#include "tests/simulation/queue.hpp"

#include "tests/simulation/oracle_failure.hpp"

#include <algorithm>
#include <utility>

namespace k2::simulation {

void Queue::at(MonoTime when, std::function<void()> what) {
  heap_.push_back({std::max(when, clock_.mono), ++serial_, std::move(what)});
  std::push_heap(heap_.begin(), heap_.end(), Later{});
}

void Queue::run_until(MonoTime end) {
  std::uint64_t same_instant = 0;
  while (!heap_.empty() && heap_.front().when <= end) {
    std::pop_heap(heap_.begin(), heap_.end(), Later{});
    Event event = std::move(heap_.back());
    heap_.pop_back();
    same_instant = event.when == clock_.mono ? same_instant + 1 : 0;
    if (same_instant > kSameInstantMax) throw OracleFailure{"spin", "time does not advance"};
    clock_.mono = event.when;
    ++events_;
    event.what();
  }
  clock_.mono = end;
}

}  // namespace k2::simulation
