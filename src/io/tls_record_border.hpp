// The ends of TLS records in the bytes of a receive, so that OpenSSL gets exactly one at a time.
// Given more, it moves all of the rest down in its own buffer before each record, which was a third
// of the cost of receiving small ones. It checks nothing: OpenSSL does.
#pragma once

#include <algorithm>
#include <cstddef>

namespace k2::io {

class TlsRecordBorder {
 public:
  /// Returns how many of the next bytes belong to the current record; more than none if there are
  /// any. The caller then continues behind them.
  /// Source: RFC 8446 section 5.1: type, version, and the length in the last two of five bytes.
  [[nodiscard]] std::size_t take(char const* bytes, std::size_t available) noexcept {
    std::size_t taken = 0;
    for (; header_seen_ < kHeaderBytes && taken < available; ++taken) {
      left_ = (left_ * 256 + static_cast<unsigned char>(bytes[taken])) & 0xFFFFU;
      ++header_seen_;
    }
    if (header_seen_ < kHeaderBytes) return taken;
    std::size_t const body = std::min(left_, available - taken);
    left_ -= body;
    if (left_ == 0) header_seen_ = 0;
    return taken + body;
  }

 private:
  static constexpr std::size_t kHeaderBytes = 5;

  std::size_t header_seen_ = 0;
  std::size_t left_ = 0;  // of the body, once the header is whole
};

}  // namespace k2::io
