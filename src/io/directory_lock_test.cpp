#include "io/directory_lock.hpp"

#include "io/append_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace k2::io {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

mode_t mode_of(fs::path const& path) {
  struct stat found{};
  EXPECT_EQ(::stat(path.c_str(), &found), 0);
  return found.st_mode & 07777;
}

TEST(DirectoryLock, LetsNobodyElseOpenItsFile) {
  test::TempDir const dir;
  fs::path const data = dir.path() / "above" / "data";
  mode_t const before = umask(0);
  auto const lock = DirectoryLock::acquire(data);
  umask(before);
  ASSERT_TRUE(lock);
  EXPECT_EQ(mode_of(data), 0750U);
  EXPECT_EQ(mode_of(data / "lock"), 0600U);
}

TEST(DirectoryLock, TakesTheRightsOfOthersFromAFileOfAnOlderVersion) {
  test::TempDir const dir;
  std::ofstream{dir.path() / "lock"} << "12345\n";
  fs::permissions(dir.path() / "lock", static_cast<fs::perms>(0644));
  auto const lock = DirectoryLock::acquire(dir.path());
  ASSERT_TRUE(lock);
  EXPECT_EQ(mode_of(dir.path() / "lock"), 0600U);
  EXPECT_EQ(read_file(dir.path() / "lock").value(), fmt::format("{}\n", getpid()));
}

TEST(DirectoryLock, FollowsNoLink) {
  test::TempDir const dir;
  std::ofstream{dir.path() / "precious"} << "text";
  fs::create_symlink(dir.path() / "precious", dir.path() / "lock");
  auto const lock = DirectoryLock::acquire(dir.path());
  ASSERT_TRUE(lock.has_error());
  EXPECT_EQ(lock.error().code, Errc::kFileFailed);
  EXPECT_EQ(read_file(dir.path() / "precious").value(), "text");
}

TEST(DirectoryLock, NamesTheProcessThatHoldsItAndNotTheOneThatTheFileNames) {
  test::TempDir const dir;
  fs::path const file = dir.path() / "lock";
  std::ofstream{file} << "999999\n";
  int const held = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  ASSERT_EQ(::flock(held, LOCK_EX | LOCK_NB), 0);
  auto const lock = DirectoryLock::acquire(dir.path());
  ::close(held);
  ASSERT_TRUE(lock.has_error());
  EXPECT_EQ(lock.error().code, Errc::kBusy);
  EXPECT_THAT(lock.error().detail, Not(HasSubstr("999999")));
  // On a file system whose device the kernel lists otherwise, nobody is named.
  EXPECT_THAT(lock.error().detail, testing::AnyOf(HasSubstr(fmt::format("pid {}", getpid())),
                                                  HasSubstr("another process")));
}

}  // namespace
}  // namespace k2::io
