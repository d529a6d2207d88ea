#include "io/zip_reader.hpp"

#include "io/line_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace k2::io {
namespace {

using namespace std::string_literals;

// One file "a.csv" holding "1,2\n3,4\n", as Info-ZIP and Python's zipfile write it.
std::string const kDeflated =
    "PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x21\x00\x47\x93\x6C\xAF\x0A\x00\x00\x00\x08\x00"
    "\x00\x00\x05\x00\x00\x00"s
    "a.csv"s
    "\x33\xD4\x31\xE2\x32\xD6\x31\xE1\x02\x00"s;

std::string write_file(test::TempDir const& dir, std::string const& bytes) {
  auto const path = (dir.path() / "x.zip").string();
  std::ofstream{path, std::ios::binary} << bytes;
  return path;
}

std::vector<std::string> lines_of(std::string const& path, Errc* why = nullptr) {
  std::vector<std::string> lines;
  auto file = LineFile::open(path);
  if (!file) {
    if (why != nullptr) *why = file.error().code;
    return lines;
  }
  std::string_view line;
  for (;;) {
    auto const more = file->next(line);
    if (!more && why != nullptr) *why = more.error().code;
    if (!more || !*more) return lines;
    lines.emplace_back(line);
  }
}

TEST(ZipReader, YieldsTheLinesOfTheFileInside) {
  test::TempDir const dir;
  EXPECT_EQ(lines_of(write_file(dir, kDeflated)), (std::vector{"1,2"s, "3,4"s}));
}

TEST(ZipReader, YieldsAFileThatIsStored) {
  test::TempDir const dir;
  std::string stored = kDeflated.substr(0, 35);
  stored[8] = 0;
  stored[18] = 8;
  stored += "1,2\n3,4\n";
  EXPECT_EQ(lines_of(write_file(dir, stored)), (std::vector{"1,2"s, "3,4"s}));
}

TEST(ZipReader, FindsTheChecksumBehindTheData) {
  test::TempDir const dir;
  std::string streamed = kDeflated;
  streamed[6] = 8;
  std::string const sum = streamed.substr(14, 4);
  streamed.replace(14, 12, 12, '\0');
  for (auto const& behind : {sum, "PK\x07\x08" + sum}) {
    EXPECT_EQ(lines_of(write_file(dir, streamed + behind)), (std::vector{"1,2"s, "3,4"s}));
  }
}

TEST(ZipReader, RefusesWhatIsCutAnywhereOrAltered) {
  test::TempDir const dir;
  for (std::size_t size = 4; size < kDeflated.size(); ++size) {
    Errc why = Errc::kOk;
    lines_of(write_file(dir, kDeflated.substr(0, size)), &why);
    EXPECT_EQ(why, Errc::kDataCorrupt) << size;
  }
  for (std::size_t const place : {8U, 14U, 36U, 40U}) {
    std::string altered = kDeflated;
    altered[place] ^= 1;
    Errc why = Errc::kOk;
    lines_of(write_file(dir, altered), &why);
    EXPECT_EQ(why, Errc::kDataCorrupt) << place;
  }
}

}  // namespace
}  // namespace k2::io
