// Bytes in, lines out: the notation of the WebSocket tests. A stream is a list of frames as the
// peer writes them; the decoder's result is a list of lines such as "text:Hello", "ping:",
// "close:1000:bye" and, last, "fail:1002:reserved bits set". Every expectation is tried for both
// roles and for many ways in which a network may cut the same bytes.
#pragma once

#include "core/ws/decoder.hpp"
#include "core/ws/mask.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace k2::ws {

using Lines = std::vector<std::string>;

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max() / 4;
inline constexpr std::uint32_t kTestKey = 0x37FA213D;

/// A frame as its first byte (FIN, RSV, opcode) and its payload, lawful or not.
struct WireFrame {
  std::uint8_t first;
  std::string payload;
};

inline constexpr std::uint8_t kFin = 0x80;

/// The bytes of a header in the shortest form, without the masking key.
inline std::string wire_header(std::uint8_t first, bool masked, std::uint64_t length) {
  std::string bytes(1, static_cast<char>(first));
  int const wide = length < 126 ? 0 : length <= 0xFFFF ? 2 : 8;
  auto const code = wide == 0 ? length : wide == 2 ? 126U : 127U;
  bytes.push_back(static_cast<char>(code | (masked ? 0x80U : 0U)));
  for (int i = wide; i > 0; --i) bytes.push_back(static_cast<char>(length >> (8 * (i - 1)) & 0xFF));
  return bytes;
}

inline std::string wire_key() {
  return "\x37\xFA\x21\x3D";
}

/// The frame as the reader's peer must write it: masked when the reader is a server.
inline std::string wire_frame(Role reader, WireFrame const& frame) {
  bool const masked = reader == Role::kServer;
  auto bytes = wire_header(frame.first, masked, frame.payload.size());
  auto payload = frame.payload;
  if (masked) {
    bytes += wire_key();
    apply_mask(payload, kTestKey);
  }
  return bytes + payload;
}

inline std::string line_of(Message const& message) {
  std::string const payload{message.payload};
  switch (message.opcode) {
    case Opcode::kText:
      return "text:" + payload;
    case Opcode::kBinary:
      return "binary:" + payload;
    case Opcode::kPing:
      return "ping:" + payload;
    case Opcode::kPong:
      return "pong:" + payload;
    case Opcode::kClose:
      return "close:" + std::to_string(message.close_code) + ":" + payload;
    case Opcode::kContinuation:
      break;
  }
  return "impossible";
}

/// A decoder and its buffer, fed piece by piece.
class Reader {
 public:
  explicit Reader(Role role, std::size_t message_bytes_max = kNoLimit)
      : decoder_(role, message_bytes_max) {}

  void feed(std::string_view bytes) {
    auto const space = buffer_.writable(bytes.size());
    ASSERT_GE(space.size(), bytes.size());
    std::copy(bytes.begin(), bytes.end(), space.begin());
    buffer_.commit(bytes.size());
    Message message;
    DecodeStatus status{};
    while ((status = decoder_.next(buffer_, message)) == DecodeStatus::kMessage) {
      lines_.push_back(line_of(message));
    }
    if (status == DecodeStatus::kFailed && !failed_) {
      failed_ = true;
      lines_.push_back("fail:" + std::to_string(decoder_.close_code_for_error()) + ":" +
                       decoder_.error().detail);
    }
  }

  [[nodiscard]] Lines const& lines() const { return lines_; }
  [[nodiscard]] Decoder const& decoder() const { return decoder_; }

 private:
  ReceiveBuffer buffer_;
  Decoder decoder_;
  Lines lines_;
  bool failed_ = false;
};

/// The reader's result when the bytes arrive `step` at a time.
inline Lines read_in_steps(Role role, std::string_view bytes, std::size_t step,
                           std::size_t message_bytes_max = kNoLimit) {
  Reader reader{role, message_bytes_max};
  for (std::size_t at = 0; at < bytes.size(); at += step) reader.feed(bytes.substr(at, step));
  return reader.lines();
}

/// Expects the same lines however the bytes are cut.
inline void expect_bytes(Role role, std::string_view bytes, Lines const& expected,
                         std::size_t message_bytes_max = kNoLimit) {
  SCOPED_TRACE(role == Role::kClient ? "read as a client" : "read as a server");
  constexpr std::size_t kPieceMax = 100'000;  // what one read of a ReceiveBuffer holds
  for (std::size_t const step : {kPieceMax, std::size_t{1}, std::size_t{3}, std::size_t{997}}) {
    if (bytes.size() > 300'000 && step < 997) continue;
    ASSERT_EQ(read_in_steps(role, bytes, step, message_bytes_max), expected) << step;
  }
  for (std::size_t cut = 0; bytes.size() <= 400 && cut <= bytes.size(); ++cut) {
    Reader reader{role, message_bytes_max};
    reader.feed(bytes.substr(0, cut));
    reader.feed(bytes.substr(cut));
    ASSERT_EQ(reader.lines(), expected) << "cut at " << cut;
  }
}

/// Expects the lines from the frames, in both roles.
inline void expect_frames(std::vector<WireFrame> const& frames, Lines const& expected,
                          std::size_t message_bytes_max = kNoLimit) {
  for (auto const role : {Role::kClient, Role::kServer}) {
    std::string bytes;
    for (auto const& frame : frames) bytes += wire_frame(role, frame);
    expect_bytes(role, bytes, expected, message_bytes_max);
  }
}

}  // namespace k2::ws
