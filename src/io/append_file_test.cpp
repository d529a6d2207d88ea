#include "io/append_file.hpp"

#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace k2::io {
namespace {

TEST(AppendFile, GoesOnBehindWhatIsThere) {
  test::TempDir const folder;
  auto const path = folder.path() / "lines";
  for (char const* line : {"one", "two"}) {
    auto file = AppendFile::open(path);
    ASSERT_TRUE(file);
    ASSERT_TRUE(file->append(line));
  }
  EXPECT_EQ(read_file(path).value(), "one\ntwo\n");
}

TEST(AppendFile, CutsOffALineThatADeadWriterLeft) {
  test::TempDir const folder;
  auto const path = folder.path() / "lines";
  std::ofstream{path} << "one\ntw";
  auto file = AppendFile::open(path);
  ASSERT_TRUE(file);
  ASSERT_TRUE(file->append("three"));
  EXPECT_EQ(read_file(path).value(), "one\nthree\n");
}

TEST(AppendFile, NamesAPathThatCannotBe) {
  auto const file = AppendFile::open("/nowhere/lines");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().detail.find("/nowhere/lines"), std::string::npos);
}

}  // namespace
}  // namespace k2::io
