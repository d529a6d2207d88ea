#include "io/zip_reader.hpp"

#include "core/assert.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

namespace k2::io {
namespace {

constexpr std::size_t kInputBytes = 64 * 1024;

// Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local file header), 4.3.9 (data descriptor),
// 4.3.12 (central directory), 4.3.14 to 4.3.16 (its ends), 4.4.4 (flags), 4.4.5 (methods) and
// 4.5.3 (sizes of 64 bits). All numbers are little-endian.
constexpr std::uint32_t kLocalHeader = 0x04034B50;
constexpr std::uint32_t kDescriptor = 0x08074B50;
constexpr std::uint32_t kDirectoryEntry = 0x02014B50;
constexpr std::uint32_t kDirectoryEnd64 = 0x06064B50;
constexpr std::uint32_t kDirectoryLocator64 = 0x07064B50;
constexpr std::uint32_t kDirectoryEnd = 0x06054B50;
constexpr std::uint32_t kEncrypted = 1;
constexpr std::uint32_t kSizesBehind = 8;
constexpr std::uint32_t kStored = 0;
constexpr std::uint32_t kDeflated = 8;
constexpr std::uint32_t kSizes64 = 1;
constexpr std::uint64_t kIn64 = 0xFFFFFFFF;
/// Chosen: a month's archive has one file.
constexpr std::size_t kFilesMax = 10'000;

struct FileCloser {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, FileCloser>;

std::uint64_t number_at(unsigned char const* bytes, int size) noexcept {
  std::uint64_t number = 0;
  while (size > 0) number = number << 8 | bytes[--size];
  return number;
}

/// The values that both headers of a file must agree on.
struct Entry {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t crc = 0;
  std::uint64_t packed = 0;
  std::uint64_t size = 0;

  friend bool operator==(Entry const&, Entry const&) = default;
};

/// Replaces what does not fit into 32 bits by what the extra fields say, in their order; true when
/// there are such fields.
bool take_sizes64(std::string_view extra, std::initializer_list<std::uint64_t*> numbers) {
  while (extra.size() >= 4) {
    auto const* const bytes = reinterpret_cast<unsigned char const*>(extra.data());
    auto const id = number_at(bytes, 2);
    auto const size = std::min<std::size_t>(number_at(bytes + 2, 2), extra.size() - 4);
    if (id == kSizes64) {
      std::size_t at = 0;
      for (std::uint64_t* const number : numbers) {
        if (*number != kIn64 || at + 8 > size) continue;
        *number = number_at(bytes + 4 + at, 8);
        at += 8;
      }
      return true;
    }
    extra.remove_prefix(4 + size);
  }
  return false;
}

class ZipReader final : public TextReader {
 public:
  ZipReader(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    // A negative window means raw deflate, without a header of zlib's.
    int const made = inflateInit2(&stream_, -15);
    K2_ASSERT(made == Z_OK);
  }
  ~ZipReader() override { inflateEnd(&stream_); }

  /// Continues with the next file that is no folder.
  Result<bool> next_part() override {
    for (;;) {
      std::array<unsigned char, 4> word{};
      auto const offset = at_;
      if (auto const read = take(word); !read) return read.error();
      auto const signature = number_at(word.data(), 4);
      if (signature != kLocalHeader) {
        if (entries_.empty()) return broken("is no zip archive with a file in it");
        auto const checked = check_directory(signature, offset);
        if (!checked) return checked.error();
        return false;
      }
      if (auto const read = read_header(offset); !read) return read.error();
      if (!entries_.back().name.ends_with('/')) return true;
      std::array<char, 1> nothing{};
      auto const size = read_part(nothing);
      if (!size) return size.error();
      if (*size > 0) return broken("has a folder with contents");
    }
  }

  Result<std::size_t> read(std::span<char> into) override { return read_part(into); }
  std::string_view part() const noexcept override { return entries_.back().name; }

 private:
  [[nodiscard]] Error broken(char const* how) const {
    return Error{Errc::kDataCorrupt, path_ + " " + how};
  }

  Result<void> read_header(std::uint64_t offset) {
    std::array<unsigned char, 26> header{};
    if (auto const read = take(header); !read) return read;
    auto const flags = number_at(&header[2], 2);
    method_ = number_at(&header[4], 2);
    sizes_behind_ = (flags & kSizesBehind) != 0;
    Entry entry{.name = {},
                .offset = offset,
                .crc = number_at(&header[10], 4),
                .packed = number_at(&header[14], 4),
                .size = number_at(&header[18], 4)};
    std::string extra;
    if (auto const read = take_text(number_at(&header[22], 2), entry.name); !read) return read;
    if (auto const read = take_text(number_at(&header[24], 2), extra); !read) return read;
    sizes64_ = take_sizes64(extra, {&entry.size, &entry.packed});
    if ((flags & kEncrypted) != 0) return broken("is encrypted");
    if (method_ != kDeflated && (method_ != kStored || sizes_behind_)) {
      return broken("is packed in a way that only an unzip program knows");
    }
    if (entries_.size() == kFilesMax) return broken("holds too many files");
    entries_.push_back(std::move(entry));
    inflateReset(&stream_);
    stored_left_ = entries_.back().packed;
    crc_ = 0;
    size_ = 0;
    packed_from_ = at_;
    ended_ = false;
    // An empty stored file ends before anything of it is read.
    if (method_ == kStored && stored_left_ == 0) return end_part();
    return {};
  }

  Result<std::size_t> read_part(std::span<char> into) {
    if (ended_) return std::size_t{0};
    auto const size = method_ == kStored ? read_stored(into) : read_deflated(into);
    if (!size) return size;
    crc_ = crc32(crc_, reinterpret_cast<Bytef const*>(into.data()), static_cast<uInt>(*size));
    size_ += *size;
    bool const done = method_ == kStored ? stored_left_ == 0 : deflate_ended_;
    if (!done) return size;
    deflate_ended_ = false;
    if (auto const right = end_part(); !right) return right.error();
    return size;
  }

  Result<std::size_t> read_stored(std::span<char> into) {
    if (input_left() == 0 && !refill()) return broken("is cut short");
    auto const size = static_cast<std::size_t>(
        std::min({std::uint64_t{into.size()}, stored_left_, std::uint64_t{input_left()}}));
    std::memcpy(into.data(), stream_.next_in, size);
    skip(size);
    stored_left_ -= size;
    return size;
  }

  Result<std::size_t> read_deflated(std::span<char> into) {
    stream_.next_out = reinterpret_cast<Bytef*>(into.data());
    stream_.avail_out = static_cast<uInt>(into.size());
    while (stream_.avail_out > 0 && !deflate_ended_) {
      if (input_left() == 0 && !refill()) return broken("is cut short");
      auto const before = stream_.avail_in;
      int const result = inflate(&stream_, Z_NO_FLUSH);
      at_ += before - stream_.avail_in;
      deflate_ended_ = result == Z_STREAM_END;
      if (!deflate_ended_ && result != Z_OK && result != Z_BUF_ERROR) {
        return broken("has broken data");
      }
    }
    return into.size() - stream_.avail_out;
  }

  /// Compares the data that was read with the headers.
  Result<void> end_part() {
    ended_ = true;
    Entry& entry = entries_.back();
    auto const packed = at_ - packed_from_;
    if (sizes_behind_) {
      std::array<unsigned char, 8> word{};
      if (auto const read = take({word.data(), 4}); !read) return read;
      // The descriptor's signature is optional.
      if (number_at(word.data(), 4) == kDescriptor) {
        if (auto const read = take({word.data(), 4}); !read) return read;
      }
      entry.crc = number_at(word.data(), 4);
      for (std::uint64_t* const number : {&entry.packed, &entry.size}) {
        auto const bytes = std::size_t{sizes64_ ? 8U : 4U};
        if (auto const read = take({word.data(), bytes}); !read) return read;
        *number = number_at(word.data(), static_cast<int>(bytes));
      }
    }
    if (crc_ != entry.crc) return broken("fails its checksum");
    if (entry.packed != packed || entry.size != size_) return broken("has a file of another size");
    return {};
  }

  /// The directory must list what was read: an archive that was cut or altered does not.
  Result<void> check_directory(std::uint64_t signature, std::uint64_t offset) {
    auto const directory = offset;
    for (Entry const& entry : entries_) {
      if (signature != kDirectoryEntry) return broken("has a directory that lacks a file");
      Entry listed;
      if (auto const read = read_listed(listed); !read) return read;
      if (!(listed == entry)) return broken("has a directory that names another file");
      offset = at_;
      if (auto const read = take_signature(signature); !read) return read;
    }
    if (signature == kDirectoryEnd64) {
      std::array<unsigned char, 8> size{};
      if (auto const read = take(size); !read) return read;
      std::string rest;
      // Version, disks, counts and places; the end record's own are enough.
      if (number_at(size.data(), 8) > kInputBytes) return broken("has a broken directory");
      if (auto const read = take_text(number_at(size.data(), 8), rest); !read) return read;
      if (auto const read = take_signature(signature); !read) return read;
    }
    if (signature == kDirectoryLocator64) {
      std::array<unsigned char, 16> rest{};
      if (auto const read = take(rest); !read) return read;
      if (auto const read = take_signature(signature); !read) return read;
    }
    if (signature != kDirectoryEnd) return broken("has a file that its directory lacks");
    return check_end(directory);
  }

  Result<void> check_end(std::uint64_t directory) {
    std::array<unsigned char, 18> end{};
    if (auto const read = take(end); !read) return read;
    auto const count = number_at(&end[6], 2);
    auto const place = number_at(&end[12], 4);
    if (count != 0xFFFF && count != entries_.size()) return broken("counts other files");
    if (place != kIn64 && place != directory) return broken("has its directory elsewhere");
    std::string comment;
    if (auto const read = take_text(number_at(&end[16], 2), comment); !read) return read;
    if (input_left() > 0 || refill()) return broken("continues behind its end");
    return {};
  }

  /// Reads an entry of the directory, behind its signature.
  Result<void> read_listed(Entry& listed) {
    std::array<unsigned char, 42> header{};
    if (auto const read = take(header); !read) return read;
    listed.crc = number_at(&header[12], 4);
    listed.packed = number_at(&header[16], 4);
    listed.size = number_at(&header[20], 4);
    listed.offset = number_at(&header[38], 4);
    std::string extra;
    std::string comment;
    if (auto const read = take_text(number_at(&header[24], 2), listed.name); !read) return read;
    if (auto const read = take_text(number_at(&header[26], 2), extra); !read) return read;
    if (auto const read = take_text(number_at(&header[28], 2), comment); !read) return read;
    (void)take_sizes64(extra, {&listed.size, &listed.packed, &listed.offset});
    return {};
  }

  [[nodiscard]] std::size_t input_left() const noexcept { return stream_.avail_in; }

  void skip(std::size_t bytes) {
    stream_.next_in += bytes;
    stream_.avail_in -= static_cast<uInt>(bytes);
    at_ += bytes;
  }

  bool refill() {
    stream_.next_in = input_.data();
    stream_.avail_in = static_cast<uInt>(std::fread(input_.data(), 1, input_.size(), file_.get()));
    return stream_.avail_in > 0;
  }

  Result<void> take(std::span<unsigned char> bytes) {
    for (unsigned char& byte : bytes) {
      if (input_left() == 0 && !refill()) return broken("is cut short");
      byte = *stream_.next_in;
      skip(1);
    }
    return {};
  }

  Result<void> take_signature(std::uint64_t& signature) {
    std::array<unsigned char, 4> word{};
    if (auto const read = take(word); !read) return read;
    signature = number_at(word.data(), 4);
    return {};
  }

  Result<void> take_text(std::uint64_t size, std::string& out) {
    out.resize(static_cast<std::size_t>(size));
    return take({reinterpret_cast<unsigned char*>(out.data()), out.size()});
  }

  File file_;
  std::string path_;
  z_stream stream_{};
  std::array<Bytef, kInputBytes> input_{};
  /// Bytes of the archive that were consumed.
  std::uint64_t at_ = 0;
  /// The files that were started; the last one is being read.
  std::vector<Entry> entries_;
  std::uint64_t method_ = 0;
  std::uint64_t stored_left_ = 0;
  std::uint64_t packed_from_ = 0;
  std::uint64_t size_ = 0;
  uLong crc_ = 0;
  bool sizes_behind_ = false;
  bool sizes64_ = false;
  bool deflate_ended_ = false;
  bool ended_ = false;
};

}  // namespace

Result<std::unique_ptr<TextReader>> open_zip(std::string const& path) {
  File file{std::fopen(path.c_str(), "rbe")};
  if (!file) return Error{Errc::kFileFailed, path + ": " + std::strerror(errno)};
  auto reader = std::make_unique<ZipReader>(std::move(file), path);
  auto const begun = reader->next_part();
  if (!begun) return begun.error();
  if (!*begun) return Error{Errc::kDataCorrupt, path + " is no zip archive with a file in it"};
  return std::unique_ptr<TextReader>{std::move(reader)};
}

}  // namespace k2::io
