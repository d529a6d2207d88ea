#include "core/ws/encoder.hpp"

#include "core/ws/close_code.hpp"
#include "tests/support/ws_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::ws {
namespace {

using namespace std::string_literals;

TEST(Encoder, WritesTheExamplesOfSection5_7) {
  std::string out;
  append_frame(Role::kServer, Opcode::kText, "Hello", 0, out);
  EXPECT_EQ(out, "\x81\x05Hello");
  out.clear();
  append_frame(Role::kClient, Opcode::kText, "Hello", kTestKey, out);
  EXPECT_EQ(out, "\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58");
  out.clear();
  append_fragment(Role::kServer, Opcode::kText, false, "Hel", 0, out);
  append_fragment(Role::kServer, Opcode::kContinuation, true, "lo", 0, out);
  EXPECT_EQ(out, "\x01\x03Hel\x80\x02lo");
  out.clear();
  append_frame(Role::kClient, Opcode::kPong, "Hello", kTestKey, out);
  EXPECT_EQ(out, "\x8A\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58");
}

TEST(Encoder, WritesEachLengthInItsShortestForm) {
  auto const header = [](std::size_t length) {
    std::string out;
    append_frame(Role::kServer, Opcode::kBinary, std::string(length, 'x'), 0, out);
    return out.substr(0, out.size() - length);
  };
  EXPECT_EQ(header(0), "\x82\x00"s);
  EXPECT_EQ(header(125), "\x82\x7D");
  EXPECT_EQ(header(126), "\x82\x7E\x00\x7E"s);
  EXPECT_EQ(header(65535), "\x82\x7E\xFF\xFF");
  EXPECT_EQ(header(65536), "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s);
}

TEST(Encoder, AppendsBehindWhatIsThere) {
  std::string out{"before"};
  append_frame(Role::kServer, Opcode::kPing, "", 0, out);
  append_frame(Role::kServer, Opcode::kText, "x", 0, out);
  EXPECT_EQ(out, "before\x89\x00\x81\x01x"s);
}

TEST(Encoder, WritesACloseWithAndWithoutCode) {
  std::string out;
  append_close(Role::kServer, kCloseNormal, "bye", 0, out);
  EXPECT_EQ(out,
            "\x88\x05\x03\xE8"
            "bye");
  out.clear();
  append_close(Role::kServer, kCloseNoStatus, "ignored", 0, out);
  EXPECT_EQ(out, "\x88\x00"s);
}

TEST(Encoder, CutsALongReasonBetweenCodePoints) {
  std::string out;
  append_close(Role::kServer, kCloseGoingAway, std::string(122, 'x') + "\xCE\xBA", 0, out);
  EXPECT_EQ(out, "\x88\x7C\x03\xE9" + std::string(122, 'x'));
  out.clear();
  append_close(Role::kServer, kCloseGoingAway, std::string(200, 'x'), 0, out);
  EXPECT_EQ(out, "\x88\x7D\x03\xE9" + std::string(123, 'x'));
}

TEST(Encoder, WritesWhatTheOtherRolesDecoderReads) {
  for (auto const role : {Role::kClient, Role::kServer}) {
    auto const reader = role == Role::kClient ? Role::kServer : Role::kClient;
    std::string out;
    append_frame(role, Opcode::kText, "{\"e\":\"trade\"}", 0x01020304, out);
    append_fragment(role, Opcode::kBinary, false, "ab", 0xFFFFFFFF, out);
    append_frame(role, Opcode::kPing, "payload", 0, out);
    append_fragment(role, Opcode::kContinuation, true, "cd", 0x80000001, out);
    append_close(role, 4999, "done", 7, out);
    expect_bytes(reader, out,
                 {"text:{\"e\":\"trade\"}", "ping:payload", "binary:abcd", "close:4999:done"});
  }
}

TEST(EncoderDeathTest, StopsOnFramesThatNobodyMaySend) {
  std::string out;
  EXPECT_DEATH(append_frame(Role::kServer, Opcode::kPing, std::string(126, 'x'), 0, out),
               "kControlBytesMax");
  EXPECT_DEATH(append_fragment(Role::kServer, Opcode::kPong, false, "", 0, out), "fin");
  EXPECT_DEATH(append_close(Role::kServer, kCloseAbnormal, "", 0, out), "is_close_code_on_wire");
}

}  // namespace
}  // namespace k2::ws
