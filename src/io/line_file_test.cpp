#include "io/line_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <filesystem>
#include <fstream>

namespace k2::io {
namespace {

using testing::ElementsAre;

class LineFileOnDisk : public testing::Test {
 protected:
  LineFileOnDisk() {
    std::string pattern = testing::TempDir() + "k2-lines-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~LineFileOnDisk() override { std::filesystem::remove_all(folder_); }

  std::string file(std::string const& bytes) {
    std::string const path = folder_ + "/file";
    std::ofstream{path, std::ios::binary} << bytes;
    return path;
  }
  static std::vector<std::string> lines(LineFile& file) {
    std::vector<std::string> all;
    std::string_view line;
    while (file.next(line).value()) all.emplace_back(line);
    return all;
  }

  std::string folder_;
};

std::string gzip(std::string const& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(text.size() + 1000, '\0');
  std::string copy = text;
  stream.next_in = reinterpret_cast<Bytef*>(copy.data());
  stream.avail_in = static_cast<uInt>(copy.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

// Compresses with a checksum, as the command line tool writes it.
std::string zstd(std::string const& text) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress2(context, out.data(), out.size(), text.data(), text.size()));
  ZSTD_freeCCtx(context);
  return out;
}

// Longer than any buffer on the way, and easy to compress.
std::string many_lines() {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "line number " + std::to_string(i) + "\n";
  return text;
}

TEST_F(LineFileOnDisk, ReadsPlainTextWithOrWithoutALastLineBreak) {
  auto plain = LineFile::open(file("a\n\nbc")).value();
  EXPECT_THAT(lines(plain), ElementsAre("a", "", "bc"));
  auto ended = LineFile::open(file("a\nb\n")).value();
  EXPECT_THAT(lines(ended), ElementsAre("a", "b"));
  auto empty = LineFile::open(file("")).value();
  EXPECT_THAT(lines(empty), ElementsAre());
}

TEST_F(LineFileOnDisk, TellsCompressionByTheBytesNotTheName) {
  for (std::string const& bytes : {many_lines(), gzip(many_lines()), zstd(many_lines())}) {
    auto opened = LineFile::open(file(bytes)).value();
    auto const all = lines(opened);
    ASSERT_EQ(all.size(), 200'000U);
    EXPECT_EQ(all.back(), "line number 199999");
  }
}

TEST_F(LineFileOnDisk, ReadsSeveralMembersOrFramesAsOne) {
  auto gz = LineFile::open(file(gzip("a\nb") + gzip("c\n"))).value();
  EXPECT_THAT(lines(gz), ElementsAre("a", "bc"));
  auto zst = LineFile::open(file(zstd("a\nb") + zstd("c\n"))).value();
  EXPECT_THAT(lines(zst), ElementsAre("a", "bc"));
}

TEST_F(LineFileOnDisk, RewindsToTheFirstLine) {
  auto gz = LineFile::open(file(gzip("a\nb\n"))).value();
  EXPECT_THAT(lines(gz), ElementsAre("a", "b"));
  EXPECT_EQ(gz.rewind(), Errc::kOk);
  EXPECT_THAT(lines(gz), ElementsAre("a", "b"));
}

TEST_F(LineFileOnDisk, SaysWhenCompressedDataIsCutOrBroken) {
  for (std::string bytes : {gzip(many_lines()), zstd(many_lines())}) {
    auto cut = LineFile::open(file(bytes.substr(0, bytes.size() / 2))).value();
    std::string_view line;
    Result<bool> read = true;
    while (read && *read) read = cut.next(line);
    ASSERT_TRUE(read.has_error());
    EXPECT_EQ(read.error().code, Errc::kDataCorrupt);
    bytes[bytes.size() / 2] ^= 0x55;
    bytes[bytes.size() / 2 + 1] ^= 0x55;
    auto broken = LineFile::open(file(bytes)).value();
    read = true;
    while (read && *read) read = broken.next(line);
    EXPECT_TRUE(read.has_error());
  }
}

TEST_F(LineFileOnDisk, NamesAFileThatIsNotThere) {
  auto const missing = LineFile::open(folder_ + "/none");
  ASSERT_TRUE(missing.has_error());
  EXPECT_THAT(missing.error().detail, testing::HasSubstr("/none: No such file"));
}

}  // namespace
}  // namespace k2::io
