#include "io/output_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace k2::io {
namespace {

std::string content_of(std::filesystem::path const& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::ptrdiff_t files_in(std::filesystem::path const& dir) {
  return std::distance(std::filesystem::directory_iterator{dir}, {});
}

TEST(OutputFile, ReplacesWhatWasThereOnlyWhenItIsWhole) {
  test::TempDir const dir;
  auto const path = dir.path() / "out.csv";
  std::ofstream{path} << "old";
  auto file = OutputFile::open(path).value();
  ASSERT_TRUE(file.write("new"));
  EXPECT_EQ(content_of(path), "old");
  ASSERT_TRUE(file.commit());
  EXPECT_EQ(content_of(path), "new");
  EXPECT_EQ(files_in(dir.path()), 1);
}

TEST(OutputFile, LeavesNoTraceWhenItIsGivenUp) {
  test::TempDir const dir;
  {
    auto file = OutputFile::open(dir.path() / "out.csv").value();
    ASSERT_TRUE(file.write("half"));
    auto const moved = std::move(file);
  }
  EXPECT_EQ(files_in(dir.path()), 0);
}

TEST(OutputFile, LeavesASymbolicLinkAndReplacesWhatItLeadsTo) {
  test::TempDir const dir;
  std::filesystem::create_directory(dir.path() / "there");
  std::filesystem::create_symlink("there/real.csv", dir.path() / "middle");
  std::filesystem::create_symlink(dir.path() / "middle", dir.path() / "link");
  for (char const* const text : {"first", "second"}) {
    auto file = OutputFile::open(dir.path() / "link").value();
    ASSERT_TRUE(file.write(text));
    ASSERT_TRUE(file.commit());
    EXPECT_TRUE(std::filesystem::is_symlink(dir.path() / "link"));
    EXPECT_EQ(content_of(dir.path() / "there" / "real.csv"), text);
  }
  EXPECT_EQ(files_in(dir.path() / "there"), 1);
}

TEST(OutputFile, WritesAPipeInPlace) {
  test::TempDir const dir;
  auto const path = dir.path() / "pipe";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  // Opened for both, so that nobody waits for the other end.
  int const reader = ::open(path.c_str(), O_RDWR);
  auto file = OutputFile::open(path).value();
  ASSERT_TRUE(file.write("through"));
  ASSERT_TRUE(file.commit());
  char bytes[16] = {};
  EXPECT_EQ(read(reader, bytes, sizeof bytes), 7);
  close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(path));
  EXPECT_EQ(files_in(dir.path()), 1);
}

TEST(OutputFile, WritesADeviceInPlaceAndReportsThatItIsFull) {
  auto file = OutputFile::open("/dev/full").value();
  EXPECT_EQ(file.write("x").error().code, Errc::kDiskFull);
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(OutputFile, KeepsThePermissionsOfWhatItReplaces) {
  test::TempDir const dir;
  auto const path = dir.path() / "out.csv";
  std::ofstream{path} << "old";
  std::filesystem::permissions(path, std::filesystem::perms::owner_read);
  auto file = OutputFile::open(path).value();
  ASSERT_TRUE(file.commit());
  EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_read);
}

TEST(OutputFile, LeavesNoTraceWhenASignalEndsTheProcess) {
  for (int const signal : {SIGINT, SIGTERM, SIGHUP}) {
    test::TempDir const dir;
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    pid_t const child = fork();
    if (child == 0) {
      std::signal(signal, SIG_DFL);
      auto file = OutputFile::open(dir.path() / "out.csv");
      if (file && file->write("half")) (void)!write(ready[1], "x", 1);
      for (;;) pause();
    }
    char byte = 0;
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    EXPECT_EQ(files_in(dir.path()), 1);
    kill(child, signal);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(WTERMSIG(status), signal);
    EXPECT_EQ(files_in(dir.path()), 0) << signal;
    close(ready[0]);
    close(ready[1]);
  }
}

TEST(OutputFile, SaysWhereItCannotWrite) {
  auto const file = OutputFile::open("/nonexistent/out.csv");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().to_string(),
            "file_failed: /nonexistent/out.csv: No such file or directory");
}

}  // namespace
}  // namespace k2::io
