#include "io/zip_reader.hpp"

#include "core/assert.hpp"

#include <zlib.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

namespace k2::io {
namespace {

constexpr std::size_t kInputBytes = 64 * 1024;

// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local file header), 4.3.9 (data descriptor),
// 4.4.4 (flags) and 4.4.5 (methods). All numbers are little-endian.
constexpr std::uint32_t kLocalHeader = 0x04034B50;
constexpr std::uint32_t kDescriptor = 0x08074B50;
constexpr std::size_t kLocalHeaderBytes = 30;
constexpr std::uint32_t kEncrypted = 1;
constexpr std::uint32_t kSizesBehind = 8;
constexpr std::uint32_t kStored = 0;
constexpr std::uint32_t kDeflated = 8;

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

std::uint32_t number_at(unsigned char const* bytes, int size) noexcept {
  std::uint32_t number = 0;
  while (size > 0) number = number << 8 | bytes[--size];
  return number;
}

class ZipReader final : public TextReader {
 public:
  ZipReader(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    // A negative window means raw deflate, without a header of zlib's.
    int const made = inflateInit2(&stream_, -15);
    K2_ASSERT(made == Z_OK);
  }
  ~ZipReader() override { inflateEnd(&stream_); }

  Result<void> read_header() {
    std::array<unsigned char, kLocalHeaderBytes> header{};
    if (std::fread(header.data(), 1, header.size(), file_.get()) != header.size() ||
        number_at(header.data(), 4) != kLocalHeader) {
      return broken("is no zip archive with a file in it");
    }
    auto const flags = number_at(&header[6], 2);
    method_ = number_at(&header[8], 2);
    sizes_behind_ = (flags & kSizesBehind) != 0;
    crc_wanted_ = number_at(&header[14], 4);
    stored_left_ = number_at(&header[18], 4);
    auto const names =
        static_cast<long>(number_at(&header[26], 2)) + static_cast<long>(number_at(&header[28], 2));
    if ((flags & kEncrypted) != 0) return broken("is encrypted");
    if (method_ != kDeflated && (method_ != kStored || sizes_behind_)) {
      return broken("is packed in a way that only an unzip program knows");
    }
    if (std::fseek(file_.get(), names, SEEK_CUR) != 0) return broken("is cut short");
    return {};
  }

  Result<std::size_t> read(std::span<char> into) override {
    if (ended_) return std::size_t{0};
    auto const size = method_ == kStored ? read_stored(into) : read_deflated(into);
    if (!size) return size;
    crc_ = crc32(crc_, reinterpret_cast<Bytef const*>(into.data()), static_cast<uInt>(*size));
    if (ended_) {
      if (auto const right = check_sum(); !right) return right.error();
    }
    return size;
  }

 private:
  [[nodiscard]] Error broken(char const* how) const {
    return Error{Errc::kDataCorrupt, path_ + " " + how};
  }

  Result<std::size_t> read_stored(std::span<char> into) {
    auto const size =
        std::fread(into.data(), 1, std::min<std::size_t>(into.size(), stored_left_), file_.get());
    if (size == 0 && stored_left_ > 0) return broken("is cut short");
    stored_left_ -= static_cast<std::uint32_t>(size);
    ended_ = stored_left_ == 0;
    return size;
  }

  Result<std::size_t> read_deflated(std::span<char> into) {
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    while (stream_.avail_out > 0 && !ended_) {
      if (stream_.avail_in == 0 && !refill()) return broken("is cut short");
      int const result = inflate(&stream_, Z_NO_FLUSH);
      ended_ = result == Z_STREAM_END;
      if (!ended_ && result != Z_OK && result != Z_BUF_ERROR) return broken("has broken data");
    }
    return into.size() - stream_.avail_out;
  }

  bool refill() {
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(std::fread(input_.data(), 1, input_.size(), file_.get()));
    return stream_.avail_in > 0;
  }

  bool take_behind(std::span<unsigned char> bytes) {
    for (unsigned char& byte : bytes) {
      if (stream_.avail_in == 0 && !refill()) return false;
      byte = *stream_.next_in++;
      --stream_.avail_in;
    }
    return true;
  }

  Result<void> check_sum() {
    if (sizes_behind_) {
      std::array<unsigned char, 4> word{};
      if (!take_behind(word)) return broken("is cut short");
      // The descriptor's signature is optional.
      if (number_at(word.data(), 4) == kDescriptor && !take_behind(word)) {
        return broken("is cut short");
      }
      crc_wanted_ = number_at(word.data(), 4);
    }
    if (crc_ != crc_wanted_) return broken("fails its checksum");
    return {};
  }

  File file_;
  std::string path_;
  z_stream stream_{};
  std::array<Bytef, kInputBytes> input_{};
  std::uint32_t method_ = 0;
  std::uint32_t stored_left_ = 0;
  std::uint32_t crc_wanted_ = 0;
  uLong crc_ = 0;
  bool sizes_behind_ = false;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<TextReader>> open_zip(std::string const& path) {
  File file{std::fopen(path.c_str(), "rbe")};
  if (!file) return Error{Errc::kFileFailed, path + ": " + std::strerror(errno)};
  auto reader = std::make_unique<ZipReader>(std::move(file), path);
  if (auto const read = reader->read_header(); !read) return read.error();
  return std::unique_ptr<TextReader>{std::move(reader)};
}

}  // namespace k2::io
