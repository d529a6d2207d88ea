// Sizes and bounds: RFC 6455 sections 5.4, 7.4.1 (1009) and 10.4 (the Autobahn suite's categories 9
// and 10), and a whole dialogue cut at every byte.
#include "tests/support/ws_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace k2::ws {
namespace {

using namespace std::string_literals;

constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
Lines const kTooBig{"fail:1009:message longer than the limit"};

std::vector<WireFrame> fragments_of(std::uint8_t opcode, std::string const& payload,
                                    std::size_t size) {
  std::vector<WireFrame> frames;
  for (std::size_t at = 0; at < payload.size(); at += size) {
    auto const fin = at + size >= payload.size() ? kFin : std::uint8_t{0};
    auto const first = static_cast<std::uint8_t>((at == 0 ? opcode : 0) | fin);
    frames.push_back({first, payload.substr(at, size)});
  }
  return frames;
}

// Autobahn 9.1 and 9.2, up to 16 MiB; a 10 MB frame among them.
TEST(Rfc6455Sizes, ReadsMessagesFarLargerThanTheBuffer) {
  for (std::size_t const size : {65536U, 262144U, 1048576U, 10000000U, 16777216U}) {
    std::string const payload(size, 'x');
    expect_frames({{kFin | kBinary, payload}}, {"binary:" + payload});
  }
  std::string const text(4'000'000, 'x');
  expect_frames({{kFin | kText, text}, {kFin | kText, "small"}}, {"text:" + text, "text:small"});
}

// Autobahn 9.3 and 9.4: one message of 4 MiB in fragments of every size.
TEST(Rfc6455Sizes, ReadsALargeMessageInFragmentsOfAnySize) {
  std::string const payload(std::size_t{4} * 1024 * 1024, '*');
  for (std::size_t const size : {256U, 1024U, 4096U, 16384U, 65536U, 262144U, 1048576U}) {
    expect_frames(fragments_of(kText, payload, size), {"text:" + payload});
  }
}

// Autobahn 10.1.
TEST(Rfc6455Sizes, ReadsAMessageInFragmentsOfAnEthernetFrame) {
  std::string const payload(65536, '*');
  expect_frames(fragments_of(kText, payload, 1300), {"text:" + payload});
}

// Autobahn 9.5 and 9.6 are the same bytes in chops: expect_bytes tries steps of 1, 3 and 997.

TEST(Rfc6455Limit, TakesAMessageOfExactlyTheLimit) {
  std::string const payload(1000, 'x');
  expect_frames({{kFin | kText, payload}}, {"text:" + payload}, 1000);
  expect_frames(fragments_of(kText, payload, 300), {"text:" + payload}, 1000);
  expect_frames({{kText, payload}, {0, ""}, {kFin, ""}}, {"text:" + payload}, 1000);
}

TEST(Rfc6455Limit, RefusesOneByteMoreWith1009) {
  std::string const payload(1001, 'x');
  expect_frames({{kFin | kText, payload}}, kTooBig, 1000);
  expect_frames({{kFin | kBinary, payload}}, kTooBig, 1000);
  expect_frames(fragments_of(kText, payload, 300), kTooBig, 1000);
  expect_frames(fragments_of(kBinary, payload, 1000), kTooBig, 1000);
}

TEST(Rfc6455Limit, RefusesBeforeThePayloadArrives) {
  for (auto const role : {Role::kClient, Role::kServer}) {
    Reader reader{role, 1'000'000};
    reader.feed(wire_header(kFin | kText, role == Role::kServer, 10'000'000));
    EXPECT_EQ(reader.lines(), kTooBig);
    EXPECT_EQ(reader.decoder().error().code, Errc::kWsTooBig);
  }
}

TEST(Rfc6455Limit, TakesTheLargestLengthThatCanBeWrittenForWhatItIs) {
  expect_bytes(Role::kClient, "\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, kTooBig, 1000);
  expect_bytes(Role::kClient, "\x01\x02xx\x80\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, kTooBig, 1000);
}

TEST(Rfc6455Limit, DoesNotBindControlFrames) {
  expect_frames({{kFin | 9, "longer than the limit"}, {kFin | kText, "ok"}},
                {"ping:longer than the limit", "text:ok"}, 4);
}

TEST(Rfc6455Limit, CountsEachMessageAnew) {
  std::vector<WireFrame> frames;
  Lines expected;
  for (int i = 0; i < 50; ++i) {
    frames.push_back({kText, "12345"});
    frames.push_back({kFin, "67890"});
    expected.emplace_back("text:1234567890");
  }
  expect_frames(frames, expected, 10);
}

TEST(Rfc6455Limit, BoundsTheMemoryOfTheBufferWhateverTheMessage) {
  Decoder decoder{Role::kClient, kNoLimit};
  ReceiveBuffer buffer{4096};
  auto const bytes = wire_frame(Role::kClient, {kFin | kBinary, std::string(1'000'000, 'x')});
  Message message;
  DecodeStatus status = DecodeStatus::kNeedMore;
  for (std::size_t at = 0; at < bytes.size(); at += 4096) {
    auto const piece = std::string_view{bytes}.substr(at, 4096);
    auto const space = buffer.writable(4096);
    ASSERT_GE(space.size(), piece.size());
    std::copy(piece.begin(), piece.end(), space.begin());
    buffer.commit(piece.size());
    status = decoder.next(buffer, message);
  }
  EXPECT_EQ(status, DecodeStatus::kMessage);
  EXPECT_EQ(message.payload.size(), 1'000'000U);
  EXPECT_LE(buffer.capacity(), 4096U);
}

TEST(Rfc6455Dialogue, IsTheSameHoweverTheNetworkCutsIt) {
  std::string const trade(180, '7');
  expect_frames({{kFin | kText, "{\"result\":null,\"id\":1}"},
                 {kFin | 9, "1766361600000"},
                 {kFin | kText, trade},
                 {kText, "{\"e\":\"tra"},
                 {kFin | 9, ""},
                 {0, "de\",\"s\":\"\xE5\xB8"},
                 {kFin | 10, "x"},
                 {kFin, "\x81\"}"},
                 {kFin | kBinary, "\x00\xFF"s},
                 {kFin | 8, "\x03\xF0 maintenance"}},
                {"text:{\"result\":null,\"id\":1}", "ping:1766361600000", "text:" + trade,
                 "ping:", "pong:x", "text:{\"e\":\"trade\",\"s\":\"\xE5\xB8\x81\"}",
                 "binary:\x00\xFF"s, "close:1008: maintenance"});
}

}  // namespace
}  // namespace k2::ws
