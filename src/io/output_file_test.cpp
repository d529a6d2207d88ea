#include "io/output_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

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

TEST(OutputFile, SaysWhereItCannotWrite) {
  auto const file = OutputFile::open("/nonexistent/out.csv");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().to_string(),
            "file_failed: /nonexistent/out.csv: No such file or directory");
}

}  // namespace
}  // namespace k2::io
