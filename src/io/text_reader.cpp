#include "io/text_reader.hpp"

#include "core/assert.hpp"
#include "io/zip_reader.hpp"

#include <zlib.h>
#include <zstd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace k2::io {
namespace {

// Units: bytes of compressed data in memory.
constexpr std::size_t kInputBytes = 64 * 1024;

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

Error file_error(std::string const& path) {
  return Error{Errc::kFileFailed, path + ": " + std::strerror(errno)};
}

class PlainReader final : public TextReader {
 public:
  PlainReader(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<char> into) override {
    std::size_t const size = std::fread(into.data(), 1, into.size(), file_.get());
    if (size == 0 && std::ferror(file_.get()) != 0) return file_error(path_);
    return size;
  }

 private:
  File file_;
  std::string path_;
};

class GzipReader final : public TextReader {
 public:
  GzipReader(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    // 16 more than the window's bits selects the gzip format.
    int const made = inflateInit2(&stream_, 15 + 16);
    K2_ASSERT(made == Z_OK);
  }
  ~GzipReader() override { inflateEnd(&stream_); }

  Result<std::size_t> read(std::span<char> into) override {
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    while (stream_.avail_out == into.size()) {
      if (stream_.avail_in == 0 && !drain_) {
        stream_.next_in = input_.data();
        std::size_t const size = std::fread(input_.data(), 1, input_.size(), file_.get());
        if (size == 0 && std::ferror(file_.get()) != 0) return file_error(path_);
        if (size == 0 && inside_) return Error{Errc::kDataCorrupt, path_ + ": gzip is cut short"};
        if (size == 0) return std::size_t{0};
        stream_.avail_in = static_cast<uInt>(size);
      }
      if (stream_.avail_in > 0) inside_ = true;
      int const result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        inside_ = false;
        inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return Error{Errc::kDataCorrupt, path_ + ": gzip data is broken"};
      }
      // A full output may hide more of what is already decoded.
      drain_ = inside_ && stream_.avail_out == 0;
    }
    return into.size() - stream_.avail_out;
  }

 private:
  File file_;
  std::string path_;
  z_stream stream_{};
  std::array<Bytef, kInputBytes> input_{};
  bool inside_ = false;
  bool drain_ = false;
};

class ZstdReader final : public TextReader {
 public:
  ZstdReader(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    K2_ASSERT(context_);
  }

  Result<std::size_t> read(std::span<char> into) override {
    ZSTD_outBuffer output{into.data(), into.size(), 0};
    while (output.pos == 0) {
      if (input_.pos == input_.size && !drain_) {
        std::size_t const size = std::fread(bytes_.data(), 1, bytes_.size(), file_.get());
        if (size == 0 && std::ferror(file_.get()) != 0) return file_error(path_);
        if (size == 0 && inside_) return Error{Errc::kDataCorrupt, path_ + ": zstd is cut short"};
        if (size == 0) return std::size_t{0};
        input_ = {bytes_.data(), size, 0};
      }
      std::size_t const hint = ZSTD_decompressStream(context_.get(), &output, &input_);
      if (ZSTD_isError(hint) != 0) {
        return Error{Errc::kDataCorrupt, path_ + ": zstd data is broken"};
      }
      inside_ = hint != 0;
      // A full output may hide more of what is already decoded.
      drain_ = inside_ && output.pos == output.size;
    }
    return output.pos;
  }

 private:
  struct ContextFree {
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
  };

  File file_;
  std::string path_;
  std::unique_ptr<ZSTD_DCtx, ContextFree> context_{ZSTD_createDCtx()};
  std::array<char, kInputBytes> bytes_{};
  ZSTD_inBuffer input_{};
  bool inside_ = false;
  bool drain_ = false;
};

}  // namespace

Result<std::unique_ptr<TextReader>> open_text(std::string const& path) {
  File file{std::fopen(path.c_str(), "rbe")};
  if (!file) return file_error(path);
  std::array<unsigned char, 4> magic{};
  std::size_t const size = std::fread(magic.data(), 1, magic.size(), file.get());
  if (std::fseek(file.get(), 0, SEEK_SET) != 0) return file_error(path);
  // Source: RFC 1952 section 2.3.1; RFC 8878 section 3.1.1; PKWARE APPNOTE section 4.3.7.
  constexpr std::array<unsigned char, 4> kZstdMagic{0x28, 0xB5, 0x2F, 0xFD};
  constexpr std::array<unsigned char, 4> kZipMagic{'P', 'K', 3, 4};
  if (size == 4 && magic == kZipMagic) return open_zip(path);
  std::unique_ptr<TextReader> reader;
  if (size >= 2 && magic[0] == 0x1F && magic[1] == 0x8B) {
    reader = std::make_unique<GzipReader>(std::move(file), path);
  } else if (size == 4 && magic == kZstdMagic) {
    reader = std::make_unique<ZstdReader>(std::move(file), path);
  } else {
    reader = std::make_unique<PlainReader>(std::move(file), path);
  }
  return reader;
}

}  // namespace k2::io
