#include "io/zip_reader.hpp"

#include "io/line_file.hpp"
#include "tests/support/temp_dir.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <string>
#include <vector>

namespace k2::io {
namespace {

using namespace std::string_literals;

/// `size` bytes, little-endian.
std::string number(std::uint64_t value, int size) {
  std::string bytes;
  for (; size > 0; --size, value >>= 8) bytes += static_cast<char>(value & 0xFF);
  return bytes;
}

/// A file of an archive.
struct Member {
  std::string name;
  std::string text;
  /// The text in raw deflate; stored when empty.
  std::string deflated{};
  /// Sizes and checksum behind the data, in so many bytes each; in front when 0.
  int behind = 0;

  [[nodiscard]] std::string const& data() const { return deflated.empty() ? text : deflated; }
  [[nodiscard]] std::uint64_t crc() const {
    return crc32(0, reinterpret_cast<Bytef const*>(text.data()), static_cast<uInt>(text.size()));
  }
  [[nodiscard]] std::string sizes(int bytes = 4) const {
    return number(data().size(), bytes) + number(text.size(), bytes);
  }
  [[nodiscard]] std::string flags_and_method() const {
    return number(behind > 0 ? 8 : 0, 2) + number(deflated.empty() ? 0 : 8, 2);
  }
  [[nodiscard]] std::string local() const {
    std::string const extra = behind == 8 ? number(1, 2) + number(16, 2) + number(0, 16) : "";
    std::string bytes = "PK\x03\x04" + number(20, 2) + flags_and_method() + number(0, 4);
    bytes += behind > 0 ? number(0, 12) : number(crc(), 4) + sizes();
    bytes += number(name.size(), 2) + number(extra.size(), 2) + name + extra + data();
    if (behind > 0) bytes += "PK\x07\x08" + number(crc(), 4) + sizes(behind);
    return bytes;
  }
  [[nodiscard]] std::string listed(std::uint64_t offset) const {
    return "PK\x01\x02" + number(20, 4) + flags_and_method() + number(0, 4) + number(crc(), 4) +
           sizes() + number(name.size(), 2) + number(0, 12) + number(offset, 4) + name;
  }
};

/// An archive of the members; `listed` is what its directory names, all of them when empty.
std::string archive(std::vector<Member> const& members, std::vector<Member> listed = {}) {
  if (listed.empty()) listed = members;
  std::string bytes;
  std::string directory;
  for (std::size_t at = 0; at < members.size(); ++at) {
    if (at < listed.size()) directory += listed[at].listed(bytes.size());
    bytes += members[at].local();
  }
  for (auto at = members.size(); at < listed.size(); ++at) directory += listed[at].listed(0);
  auto const place = bytes.size();
  return bytes + directory + "PK\x05\x06" + number(0, 4) + number(listed.size(), 2) +
         number(listed.size(), 2) + number(directory.size(), 4) + number(place, 4) + number(0, 2);
}

Member const kPlain{"a.csv", "1,2\n3,4\n"};
// That text in raw deflate, as Info-ZIP and Python's zipfile write it.
std::string const kRaw = "\x33\xD4\x31\xE2\x32\xD6\x31\xE1\x02\x00"s;
Member const kPacked{"a.csv", "1,2\n3,4\n", kRaw};
Member const kSecond{"b.csv", "5,6\n"};

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
  for (Member const& member : {kPlain, kPacked}) {
    EXPECT_EQ(lines_of(write_file(dir, archive({member}))), (std::vector{"1,2"s, "3,4"s}));
  }
}

TEST(ZipReader, YieldsTheLinesOfEveryFile) {
  test::TempDir const dir;
  Member const folder{"x/", ""};
  Member const empty{"c.csv", ""};
  auto const path = write_file(dir, archive({folder, kPacked, empty, kSecond}));
  EXPECT_EQ(lines_of(path), (std::vector{"1,2"s, "3,4"s, "5,6"s}));
  auto file = LineFile::open(path).value();
  std::string_view line;
  for (char const* const name : {"a.csv", "a.csv", "b.csv"}) {
    ASSERT_TRUE(file.next(line).value());
    EXPECT_EQ(file.part(), name);
  }
  EXPECT_EQ(file.line_number(), 1U);
}

TEST(ZipReader, EndsALineWhereAFileEnds) {
  test::TempDir const dir;
  auto const path = write_file(dir, archive({{"a.csv", "1,2"}, kSecond}));
  auto file = LineFile::open(path).value();
  std::string_view line;
  ASSERT_TRUE(file.next(line).value());
  EXPECT_EQ(line, "1,2");
  EXPECT_FALSE(file.ended_in_break());
  ASSERT_TRUE(file.next(line).value());
  EXPECT_EQ(line, "5,6");
  EXPECT_TRUE(file.ended_in_break());
}

TEST(ZipReader, FindsTheChecksumBehindTheData) {
  test::TempDir const dir;
  for (int const behind : {4, 8}) {
    Member streamed = kPacked;
    streamed.behind = behind;
    EXPECT_EQ(lines_of(write_file(dir, archive({streamed, kSecond}))),
              (std::vector{"1,2"s, "3,4"s, "5,6"s}));
  }
}

Errc refusal_of(std::string const& bytes) {
  test::TempDir const dir;
  Errc why = Errc::kOk;
  lines_of(write_file(dir, bytes), &why);
  return why;
}

TEST(ZipReader, RefusesWhatIsCutAnywhereOrAltered) {
  std::string const whole = archive({kPacked, kSecond});
  ASSERT_EQ(refusal_of(whole), Errc::kOk);
  for (std::size_t size = 4; size < whole.size(); ++size) {
    EXPECT_EQ(refusal_of(whole.substr(0, size)), Errc::kDataCorrupt) << size;
  }
  for (std::size_t const place : {8U, 14U, 18U, 22U, 30U, 36U, 40U}) {
    std::string altered = whole;
    altered[place] ^= 1;
    EXPECT_EQ(refusal_of(altered), Errc::kDataCorrupt) << place;
  }
}

TEST(ZipReader, RefusesADirectoryThatListsOtherFiles) {
  EXPECT_EQ(refusal_of(archive({kPacked, kSecond}, {kPacked})), Errc::kDataCorrupt);
  EXPECT_EQ(refusal_of(archive({kPacked}, {kPacked, kSecond})), Errc::kDataCorrupt);
  EXPECT_EQ(refusal_of(archive({kPacked}, {kPlain})), Errc::kDataCorrupt);
  EXPECT_EQ(refusal_of(archive({kPacked}, {{"z.csv", kPacked.text, kRaw}})), Errc::kDataCorrupt);
  EXPECT_EQ(refusal_of(archive({kPacked}) + "x"), Errc::kDataCorrupt);
  EXPECT_EQ(refusal_of(archive({{"x/", "not empty"}})), Errc::kDataCorrupt);
}

}  // namespace
}  // namespace k2::io
