#include "io/line_file.hpp"

#include "io/text_reader.hpp"

#include <cstring>
#include <utility>

namespace k2::io {
namespace {

// Units: bytes requested of the reader per call.
constexpr std::size_t kReadBytes = 256 * 1024;

}  // namespace

LineFile::LineFile(std::string path) : path_(std::move(path)) {}
LineFile::LineFile(LineFile&&) noexcept = default;
LineFile& LineFile::operator=(LineFile&&) noexcept = default;
LineFile::~LineFile() = default;

Result<LineFile> LineFile::open(std::string const& path) {
  LineFile file{path};
  auto reader = open_text(path);
  if (!reader) return reader.error();
  file.reader_ = std::move(reader).value();
  file.begin_part();
  return file;
}

Errc LineFile::rewind() {
  auto reader = open_text(path_);
  if (!reader) return reader.error().code;
  reader_ = std::move(reader).value();
  begin_ = searched_ = end_ = 0;
  parts_ = 0;
  begin_part();
  return Errc::kOk;
}

void LineFile::begin_part() {
  ended_ = false;
  part_.assign(reader_->part());
  ++parts_;
  line_number_ = 0;
}

Result<bool> LineFile::next_part() {
  auto const more = reader_->next_part();
  if (!more || !*more) return more;
  begin_part();
  return true;
}

Result<bool> LineFile::next(std::string_view& line) {
  for (;;) {
    void const* const found = std::memchr(buffer_.data() + searched_, '\n', end_ - searched_);
    if (found != nullptr) {
      auto const at = static_cast<std::size_t>(static_cast<char const*>(found) - buffer_.data());
      line = {buffer_.data() + begin_, at - begin_};
      begin_ = searched_ = at + 1;
      ended_in_break_ = true;
      ++line_number_;
      return true;
    }
    searched_ = end_;
    if (ended_) {
      line = {buffer_.data() + begin_, end_ - begin_};
      begin_ = searched_ = end_;
      ended_in_break_ = line.empty();
      ++line_number_;
      if (!line.empty()) return true;
      auto const another = next_part();
      if (!another || !*another) return another;
      continue;
    }
    if (auto const read = more(); !read) return read.error();
  }
}

Result<bool> LineFile::more() {
  std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
  end_ -= begin_;
  searched_ -= begin_;
  begin_ = 0;
  if (end_ > kLineBytesMax) return Error{Errc::kDataCorrupt, path_ + ": a line is too long"};
  if (buffer_.size() < end_ + kReadBytes) buffer_.resize(end_ + kReadBytes);
  auto const size = reader_->read({buffer_.data() + end_, buffer_.size() - end_});
  if (!size) return size.error();
  end_ += *size;
  ended_ = *size == 0;
  return true;
}

}  // namespace k2::io
