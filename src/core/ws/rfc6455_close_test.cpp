// RFC 6455 sections 5.5.1 and 7, closing (the Autobahn suite's category 7).
#include "tests/support/ws_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::ws {
namespace {

using namespace std::string_literals;

constexpr std::uint8_t kClose = kFin | 8;

std::string code_bytes(unsigned code) {
  return {static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
}

// Autobahn 7.3.1, 7.3.3 to 7.3.5.
TEST(Rfc6455Close, MayCarryNothingACodeOrACodeAndAReason) {
  expect_frames({{kClose, ""}}, {"close:1005:"});
  expect_frames({{kClose, code_bytes(1000)}}, {"close:1000:"});
  expect_frames({{kClose, code_bytes(1000) + "Hello World!"}}, {"close:1000:Hello World!"});
  std::string const longest(123, '*');
  expect_frames({{kClose, code_bytes(1000) + longest}}, {"close:1000:" + longest});
}

// Autobahn 7.3.2.
TEST(Rfc6455Close, IsRefusedWithOneByte) {
  expect_frames({{kClose, "a"}}, {"fail:1002:close payload of one byte"});
  expect_frames({{kClose, "\x03"}, {kClose, ""}}, {"fail:1002:close payload of one byte"});
}

// Autobahn 7.3.6.
TEST(Rfc6455Close, IsRefusedWithAReasonOf124Bytes) {
  expect_frames({{kClose, code_bytes(1000) + std::string(124, '*')}},
                {"fail:1002:control frame longer than 125 bytes"});
}

// Autobahn 7.5.1.
TEST(Rfc6455Close, IsRefusedWithAReasonThatIsNotUtf8) {
  for (auto const& reason : {"\xFF"s, "\xCE\xBA\xED\xA0\x80 edited"s, "cut \xE1\xBD"s}) {
    expect_frames({{kClose, code_bytes(1000) + reason}}, {"fail:1007:close reason not UTF-8"});
  }
  expect_frames({{kClose, code_bytes(1000) + "\xCE\xBA"}}, {"close:1000:\xCE\xBA"});
}

// Autobahn 7.7.
TEST(Rfc6455Close, TakesEveryCodeThatMayBeOnTheWire) {
  for (unsigned const code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 1012U,
                              1013U, 1014U, 3000U, 3999U, 4000U, 4999U}) {
    expect_frames({{kClose, code_bytes(code)}}, {"close:" + std::to_string(code) + ":"});
  }
}

// Autobahn 7.9 and 7.13.
TEST(Rfc6455Close, RefusesEveryCodeThatMustNot) {
  for (unsigned const code :
       {0U, 1U, 999U, 1004U, 1005U, 1006U, 1015U, 1016U, 1100U, 2000U, 2999U, 5000U, 65535U}) {
    expect_frames({{kClose, code_bytes(code)}}, {"fail:1002:close code not allowed on the wire"});
    expect_frames({{kClose, code_bytes(code) + "why"}},
                  {"fail:1002:close code not allowed on the wire"});
  }
}

// Autobahn 7.1.1 to 7.1.5: nothing behind a close counts, be it good or bad.
TEST(Rfc6455Close, IsTheLastThingThatIsRead) {
  expect_frames({{kFin | 1, "Hello"}, {kClose, code_bytes(1000)}, {kClose, code_bytes(1001)}},
                {"text:Hello", "close:1000:"});
  expect_frames({{kClose, code_bytes(1000)}, {kFin | 9, "ping"}}, {"close:1000:"});
  expect_frames({{kClose, code_bytes(1000)}, {kFin | 1, "text"}}, {"close:1000:"});
  expect_frames({{kClose, ""}, {0xFF, "garbage"}, {0x03, "more"}}, {"close:1005:"});
}

// Autobahn 7.1.6.
TEST(Rfc6455Close, ComesThroughBehindALargeMessage) {
  std::string const large(std::size_t{256} * 1024, 'x');
  expect_frames({{kFin | 1, large}, {kClose, code_bytes(1000)}, {kFin | 9, ""}},
                {"text:" + large, "close:1000:"});
}

TEST(Rfc6455Close, HasReadableBytesBehindAReasonThatIsEmpty) {
  Decoder decoder{Role::kClient, kNoLimit};
  ReceiveBuffer buffer;
  std::string const bytes{"\x88\x00", 2};
  bytes.copy(buffer.writable(2).data(), 2);
  buffer.commit(2);
  Message message;
  ASSERT_EQ(decoder.next(buffer, message), DecodeStatus::kMessage);
  EXPECT_NE(message.payload.data(), nullptr);
}

TEST(Rfc6455Close, DropsWhatFollowsSoThatItsBufferStaysEmpty) {
  Reader reader{Role::kClient};
  reader.feed(wire_frame(Role::kClient, {kClose, ""}));
  EXPECT_TRUE(reader.decoder().closed());
  for (int i = 0; i < 1000; ++i) reader.feed(std::string(10'000, 'x'));
  EXPECT_EQ(reader.lines(), Lines{"close:1005:"});
}

}  // namespace
}  // namespace k2::ws
