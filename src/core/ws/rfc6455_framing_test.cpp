// RFC 6455 sections 5.1, 5.2, 5.3 and 5.5 clause by clause (the Autobahn suite's categories 1 to
// 4).
#include "tests/support/ws_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::ws {
namespace {

using namespace std::string_literals;

TEST(Rfc6455Examples, ReadsTheExamplesOfSection5_7) {
  expect_bytes(Role::kClient, "\x81\x05Hello", {"text:Hello"});
  expect_bytes(Role::kServer, "\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58", {"text:Hello"});
  expect_bytes(Role::kClient, "\x01\x03Hel\x80\x02lo", {"text:Hello"});
  expect_bytes(Role::kClient, "\x89\x05Hello", {"ping:Hello"});
  expect_bytes(Role::kServer, "\x8A\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58", {"pong:Hello"});
  std::string const binary(256, 'b');
  expect_bytes(Role::kClient, "\x82\x7E\x01\x00"s + binary, {"binary:" + binary});
  std::string const large(65536, 'b');
  expect_bytes(Role::kClient, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"s + large,
               {"binary:" + large});
}

// Autobahn 1.1 and 1.2: the lengths on both sides of each border, as text and as binary.
TEST(Rfc6455Lengths, ReadsEveryFormOfLength) {
  for (std::size_t const length : {0U, 1U, 124U, 125U, 126U, 127U, 128U, 65535U, 65536U, 65537U}) {
    std::string const payload(length, '*');
    expect_frames({{kFin | 1, payload}}, {"text:" + payload});
    expect_frames({{kFin | 2, payload}}, {"binary:" + payload});
  }
}

TEST(Rfc6455Lengths, RefusesALengthThatAShorterFormCouldHold) {
  Lines const refused{"fail:1002:length not in its shortest form"};
  for (auto const* const mask : {"", "masked"}) {
    auto const role = *mask == '\0' ? Role::kClient : Role::kServer;
    auto const bit = static_cast<char>(*mask == '\0' ? 0 : 0x80);
    auto const form = [&](unsigned code) {
      return static_cast<char>(bit | static_cast<char>(code));
    };
    expect_bytes(role, "\x81"s + form(126) + "\x00\x00"s, refused);
    expect_bytes(role, "\x81"s + form(126) + "\x00\x7D"s, refused);
    expect_bytes(role, "\x82"s + form(127) + "\x00\x00\x00\x00\x00\x00\x00\x01"s, refused);
    expect_bytes(role, "\x82"s + form(127) + "\x00\x00\x00\x00\x00\x00\xFF\xFF"s, refused);
  }
}

TEST(Rfc6455Lengths, RefusesA64BitLengthWithItsTopBitSet) {
  Lines const refused{"fail:1002:length of 2^63 or more"};
  expect_bytes(Role::kClient, "\x82\x7F\x80\x00\x00\x00\x00\x00\x00\x00"s, refused);
  expect_bytes(Role::kClient, "\x82\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, refused);
  expect_bytes(Role::kServer, "\x82\xFF\x80\x00\x00\x00\x00\x01\x00\x00"s, refused);
}

TEST(Rfc6455Masking, IsRequiredFromAClient) {
  Lines const refused{"fail:1002:frame from client not masked"};
  expect_bytes(Role::kServer, "\x81\x05Hello", refused);
  expect_bytes(Role::kServer, "\x89\x00"s, refused);
  expect_bytes(Role::kServer, "\x88\x02\x03\xE8"s, refused);
}

TEST(Rfc6455Masking, IsForbiddenToAServer) {
  Lines const refused{"fail:1002:frame from server masked"};
  expect_bytes(Role::kClient, "\x81\x85\x37\xFA\x21\x3D\x7F\x9F\x4D\x51\x58", refused);
  expect_bytes(Role::kClient, "\x8A\x80\x00\x00\x00\x00"s, refused);
}

TEST(Rfc6455Masking, TakesAnyKeyAlsoZero) {
  expect_bytes(Role::kServer, "\x81\x85\x00\x00\x00\x00Hello"s, {"text:Hello"});
  expect_bytes(Role::kServer, "\x81\x83\xFF\xFF\xFF\xFF\x9E\x9D\x9C", {"text:abc"});
}

// Autobahn 3: each bit and all of them, on data and on control frames, after good frames too.
TEST(Rfc6455ReservedBits, AreRefusedWithoutAnExtension) {
  for (unsigned rsv = 1; rsv <= 7; ++rsv) {
    for (unsigned const opcode : {0U, 1U, 2U, 8U, 9U, 10U}) {
      auto const first = static_cast<std::uint8_t>(kFin | rsv << 4U | opcode);
      expect_frames({{first, "Hi"}}, {"fail:1002:reserved bits set"});
      expect_frames({{kFin | 1, "good"}, {kFin | 9, ""}, {first, ""}, {kFin | 1, "late"}},
                    {"text:good", "ping:", "fail:1002:reserved bits set"});
    }
  }
}

// Autobahn 4: with and without payload, FIN or not, after a good message.
TEST(Rfc6455Opcodes, AreRefusedWhenReserved) {
  for (unsigned const opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    for (unsigned const fin : {0U, 0x80U}) {
      auto const first = static_cast<std::uint8_t>(fin | opcode);
      expect_frames({{first, ""}}, {"fail:1002:reserved opcode"});
      expect_frames({{kFin | 1, "good"}, {first, "payload"}, {kFin | 9, ""}},
                    {"text:good", "fail:1002:reserved opcode"});
    }
  }
}

// Autobahn 2.1 to 2.4, 2.6.
TEST(Rfc6455PingPong, CarriesUpTo125BytesOfAnything) {
  std::string const most(125, '\xFE');
  expect_frames({{kFin | 9, ""}}, {"ping:"});
  expect_frames({{kFin | 9, "Hello"}}, {"ping:Hello"});
  expect_frames({{kFin | 9, "\x00\xFF\xFE\xFD"s}}, {"ping:\x00\xFF\xFE\xFD"s});
  expect_frames({{kFin | 9, most}}, {"ping:" + most});
  expect_frames({{kFin | 10, most}}, {"pong:" + most});
}

// Autobahn 2.5.
TEST(Rfc6455PingPong, IsRefusedAbove125Bytes) {
  Lines const refused{"fail:1002:control frame longer than 125 bytes"};
  for (unsigned const opcode : {8U, 9U, 10U}) {
    auto const first = static_cast<std::uint8_t>(kFin | opcode);
    expect_frames({{first, std::string(126, 'x')}}, refused);
    expect_frames({{first, std::string(65536, 'x')}}, refused);
  }
}

// Autobahn 5.1 and 5.2, for close as well.
TEST(Rfc6455PingPong, IsRefusedWithoutFin) {
  for (unsigned const opcode : {8U, 9U, 10U}) {
    expect_frames({{static_cast<std::uint8_t>(opcode), "Hello"}, {kFin, "more"}},
                  {"fail:1002:control frame fragmented"});
  }
}

// Autobahn 2.7 to 2.11.
TEST(Rfc6455PingPong, MayComeUnaskedAndInNumbers) {
  expect_frames({{kFin | 10, ""}, {kFin | 10, "unsolicited"}, {kFin | 9, "a"}, {kFin | 9, "b"}},
                {"pong:", "pong:unsolicited", "ping:a", "ping:b"});
}

TEST(Rfc6455Failure, IsForGood) {
  Reader reader{Role::kClient};
  reader.feed("\xC1\x00"s);
  reader.feed("\x81\x02ok");
  EXPECT_EQ(reader.lines(), Lines{"fail:1002:reserved bits set"});
  EXPECT_EQ(reader.decoder().error().code, Errc::kWsProtocol);
  EXPECT_EQ(reader.decoder().violation(), Violation::kReservedBits);
}

TEST(Rfc6455Failure, ComesWithTheByteThatCausesIt) {
  Reader reader{Role::kServer};
  reader.feed("\x81");
  EXPECT_EQ(reader.lines(), Lines{});
  reader.feed("\x05");  // not masked: neither length nor payload are waited for
  EXPECT_EQ(reader.lines(), Lines{"fail:1002:frame from client not masked"});
}

}  // namespace
}  // namespace k2::ws
