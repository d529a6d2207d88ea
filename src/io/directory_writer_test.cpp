#include "io/directory_writer.hpp"

#include "io/directory_lock.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace k2::io {
namespace {

TEST(DirectoryWriter, IsTheProcessThatHoldsTheLock) {
  test::TempDir const folder;
  EXPECT_FALSE(find_writer(folder.path()));
  {
    auto const lock = DirectoryLock::acquire(folder.path());
    ASSERT_TRUE(lock);
    auto const writer = find_writer(folder.path());
    ASSERT_TRUE(writer);
    EXPECT_EQ(writer->pid(), getpid());
  }
  EXPECT_FALSE(find_writer(folder.path())) << "the pid is there still, the lock is not";
}

TEST(DirectoryWriter, IsNoStrangerWithThatPid) {
  test::TempDir const folder;
  std::ofstream{folder.path() / "lock"} << getpid() << '\n';
  EXPECT_FALSE(find_writer(folder.path()));
  std::ofstream{folder.path() / "lock"} << "no pid\n";
  EXPECT_FALSE(find_writer(folder.path()));
}

}  // namespace
}  // namespace k2::io
