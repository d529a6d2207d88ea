// RFC 6455 section 5.4 clause by clause (the Autobahn suite's category 5).
#include "tests/support/ws_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace k2::ws {
namespace {

constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
constexpr std::uint8_t kPing = kFin | 9;
constexpr std::uint8_t kPong = kFin | 10;

TEST(Rfc6455Fragmentation, JoinsTheFragmentsOfAMessage) {
  expect_frames({{kText, "Hel"}, {kFin, "lo"}}, {"text:Hello"});
  expect_frames({{kBinary, "a"}, {0, "b"}, {0, "c"}, {kFin, "d"}}, {"binary:abcd"});
  expect_frames({{kText, "one"}, {kFin, "!"}, {kBinary, "two"}, {kFin, "!"}, {kFin | kText, "3"}},
                {"text:one!", "binary:two!", "text:3"});
}

TEST(Rfc6455Fragmentation, TakesEmptyFragmentsAnywhere) {
  expect_frames({{kText, ""}, {0, ""}, {kFin, ""}}, {"text:"});
  expect_frames({{kText, ""}, {0, "middle"}, {kFin, ""}}, {"text:middle"});
  expect_frames({{kBinary, "first"}, {0, ""}, {kFin, "last"}}, {"binary:firstlast"});
}

// Autobahn 5.6 to 5.8, 5.19 and 5.20.
TEST(Rfc6455Fragmentation, LetsControlFramesThroughBetweenFragments) {
  expect_frames({{kText, "fragment1"}, {kPing, "now"}, {kFin, "fragment2"}},
                {"ping:now", "text:fragment1fragment2"});
  expect_frames({{kText, "1"},
                 {0, "2"},
                 {kPing, "a"},
                 {0, "3"},
                 {kPong, "b"},
                 {0, "4"},
                 {kPing, ""},
                 {kFin, "5"}},
                {"ping:a", "pong:b", "ping:", "text:12345"});
}

TEST(Rfc6455Fragmentation, MayBeEndedByACloseInTheMiddle) {
  expect_frames({{kText, "never finished"}, {kFin | 8, "\x03\xE9"}, {kFin, "too late"}},
                {"close:1001:"});
}

// Autobahn 5.9 to 5.14.
TEST(Rfc6455Fragmentation, RefusesAContinuationOfNothing) {
  Lines const refused{"fail:1002:continuation without a message"};
  expect_frames({{kFin, "x"}}, refused);
  expect_frames({{0, "x"}, {kFin | kText, "y"}}, refused);
  expect_frames({{kFin, ""}}, refused);
  expect_frames({{kFin | kText, "whole"}, {kFin, "x"}}, {"text:whole", refused[0]});
  expect_frames({{kPing, ""}, {0, "x"}}, {"ping:", refused[0]});
}

// Autobahn 5.15.
TEST(Rfc6455Fragmentation, RefusesAContinuationAfterTheLast) {
  expect_frames({{kText, "a"}, {kFin, "b"}, {0, "c"}, {kFin | kText, "d"}},
                {"text:ab", "fail:1002:continuation without a message"});
}

// Autobahn 5.16 to 5.18.
TEST(Rfc6455Fragmentation, RefusesANewMessageInsideAFragmentedOne) {
  for (std::uint8_t const opcode : {kText, kBinary}) {
    for (unsigned const fin : {0U, 0x80U}) {
      auto const first = static_cast<std::uint8_t>(fin | opcode);
      expect_frames({{kText, "a"}, {first, "b"}},
                    {"fail:1002:new message inside a fragmented one"});
      expect_frames({{kBinary, "a"}, {kPong, ""}, {0, "b"}, {first, ""}},
                    {"pong:", "fail:1002:new message inside a fragmented one"});
    }
  }
}

// Compares all orders of up to four data frames with the rule itself: a message starts with an
// opcode, continues with continuation frames, and ends only with FIN.
TEST(Rfc6455Fragmentation, AcceptsExactlyTheOrdersThatTheRuleAllows) {
  std::vector<std::uint8_t> const kinds{0, kFin, kText, kFin | kText};
  for (unsigned order = 0; order < 256; ++order) {
    std::vector<WireFrame> frames;
    Lines expected;
    bool open = false;
    bool failed = false;
    std::string text;
    for (unsigned i = 0; i < 4; ++i) {
      auto const first = kinds[order >> (2 * i) & 3U];
      std::string const payload(1, static_cast<char>('a' + i));
      frames.push_back({first, payload});
      if (failed) continue;
      bool const starts = (first & 0x0FU) != 0;
      if (starts == open) {
        expected.push_back(starts ? "fail:1002:new message inside a fragmented one"
                                  : "fail:1002:continuation without a message");
        failed = true;
        continue;
      }
      text = starts ? payload : text + payload;
      open = (first & kFin) == 0;
      if (!open) expected.push_back("text:" + text);
    }
    expect_frames(frames, expected);
  }
}

TEST(Rfc6455Fragmentation, KeepsThePayloadReadableBeyondItsEnd) {
  Decoder decoder{Role::kClient, kNoLimit};
  ReceiveBuffer buffer;
  std::string const bytes = wire_frame(Role::kClient, {kText, "ab"}) +
                            wire_frame(Role::kClient, {kFin, std::string(1000, 'c')});
  auto const space = buffer.writable(bytes.size());
  std::copy(bytes.begin(), bytes.end(), space.begin());
  buffer.commit(bytes.size());
  Message message;
  ASSERT_EQ(decoder.next(buffer, message), DecodeStatus::kMessage);
  char sum = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    sum = static_cast<char>(sum ^ message.payload.data()[message.payload.size() + i]);
  }
  EXPECT_EQ(sum, 0);  // AddressSanitizer is the judge here
}

}  // namespace
}  // namespace k2::ws
