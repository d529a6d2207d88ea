#include "io/process_memory.hpp"

#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <vector>

namespace k2::io {
namespace {

TEST(ProcessMemory, GrowsWithWhatIsHeld) {
  watch::Process const before = read_process();
  std::vector<char> const held(std::size_t{64} << 20, 'x');
  // A compiler may leave out what nobody looks at.
  asm volatile("" : : "r"(held.data()) : "memory");
  watch::Process const after = read_process();
  EXPECT_GE(after.rss_bytes, before.rss_bytes + held.size() * 9 / 10);
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  // A sanitizer's allocator tells mallinfo2 nothing.
  EXPECT_GE(after.allocated_bytes, before.allocated_bytes + held.size());
#endif
  EXPECT_GE(after.vms_bytes, after.rss_bytes);
  EXPECT_GT(after.open_fds, 2U);
  EXPECT_GE(after.max_fds, after.open_fds);
}

}  // namespace
}  // namespace k2::io
