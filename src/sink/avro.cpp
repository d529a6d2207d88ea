#include "sink/avro.hpp"

namespace k2::sink {

void append_long(std::int64_t number, std::string& out) {
  char buffer[kLongBytesMax];
  out.append(buffer, static_cast<std::size_t>(write_long(buffer, number) - buffer));
}

void append_bytes(std::string_view bytes, std::string& out) {
  append_long(static_cast<std::int64_t>(bytes.size()), out);
  out.append(bytes);
}

bool AvroReader::read_long(std::int64_t& number) noexcept {
  std::uint64_t zigzag = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (at_ == end_) return false;
    auto const byte = static_cast<std::uint8_t>(*at_++);
    if (shift == 63 && byte > 1) return false;
    zigzag |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      number = static_cast<std::int64_t>((zigzag >> 1) ^ (~(zigzag & 1) + 1));
      return true;
    }
  }
  return false;
}

bool AvroReader::read_bytes(std::string_view& bytes) noexcept {
  std::int64_t size = 0;
  if (!read_long(size) || size < 0 || size > end_ - at_) return false;
  bytes = {at_, static_cast<std::size_t>(size)};
  at_ += size;
  return true;
}

bool AvroReader::read_decimal(std::int64_t& mantissa) noexcept {
  std::string_view bytes;
  if (!read_bytes(bytes) || bytes.empty() || bytes.size() > sizeof mantissa) return false;
  // The sign comes from the first byte; a shift by bytes cannot overflow what has at most eight.
  auto value = static_cast<std::uint64_t>(
      static_cast<std::int64_t>(static_cast<signed char>(bytes.front())));
  for (char const byte : bytes.substr(1)) value = (value << 8) | static_cast<std::uint8_t>(byte);
  mantissa = static_cast<std::int64_t>(value);
  return true;
}

}  // namespace k2::sink
