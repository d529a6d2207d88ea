// RFC 6455 section 8.1, UTF-8 in text messages (the Autobahn suite's category 6).
#include "tests/support/ws_dialogue.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace k2::ws {
namespace {

using namespace std::string_literals;

constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
Lines const kRefused{"fail:1007:text not UTF-8"};

// "Hello-µ@ßöäüàá-UTF-8!!" and "κόσμε", the suite's own texts.
std::string const kGerman =
    "Hello-\xC2\xB5@\xC3\x9F\xC3\xB6\xC3\xA4\xC3\xBC\xC3\xA0\xC3\xA1-UTF-8!!";
std::string const kGreek = "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5";

std::vector<WireFrame> fragments_of(std::string_view text, std::size_t size) {
  std::vector<WireFrame> frames;
  for (std::size_t at = 0; at < text.size(); at += size) {
    auto const opcode = at == 0 ? kText : std::uint8_t{0};
    auto const fin = at + size >= text.size() ? kFin : std::uint8_t{0};
    auto const first = static_cast<std::uint8_t>(opcode | fin);
    frames.push_back({first, std::string{text.substr(at, size)}});
  }
  return frames;
}

// Autobahn 6.2.
TEST(Rfc6455Utf8, IsReadAcrossFragmentsOfAnySize) {
  for (auto const& text : {kGerman, kGreek, "\xF0\x9F\x98\x80 four bytes"s}) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
      expect_frames(fragments_of(text, size), {"text:" + text});
    }
  }
}

// Autobahn 6.5 to 6.23: what Markus Kuhn's stress test lists.
TEST(Rfc6455Utf8, TakesEveryBorderOfWhatIsValid) {
  for (auto const& text :
       {""s, "\0"s, "\x7F"s, "\xC2\x80"s, "\xDF\xBF"s, "\xE0\xA0\x80"s, "\xED\x9F\xBF"s,
        "\xEE\x80\x80"s, "\xEF\xBF\xBD"s, "\xEF\xBF\xBE"s, "\xEF\xBF\xBF"s, "\xF0\x90\x80\x80"s,
        "\xF0\x9F\xBF\xBF"s, "\xF4\x8F\xBF\xBF"s, kGerman, kGreek}) {
    expect_frames({{kFin | kText, text}}, {"text:" + text});
    expect_frames({{kFin | kText, "0123456789" + text + "0123456789"}},
                  {"text:0123456789" + text + "0123456789"});
  }
}

TEST(Rfc6455Utf8, RefusesWhatIsNot) {
  for (auto const& bad :
       {"\x80"s,  // a continuation alone
        "\xBF"s,
        "\x80\xBF\x80\xBF"s,  // several
        "\xC0\x80"s,
        "\xC0\xAF"s,
        "\xC1\xBF"s,  // overlong, two bytes
        "\xE0\x80\xAF"s,
        "\xE0\x9F\xBF"s,  // overlong, three
        "\xF0\x80\x80\xAF"s,
        "\xF0\x8F\xBF\xBF"s,  // overlong, four
        "\xED\xA0\x80"s,
        "\xED\xAD\xBF"s,
        "\xED\xAE\x80"s,  // surrogates
        "\xED\xAF\xBF"s,
        "\xED\xB0\x80"s,
        "\xED\xBF\xBF"s,              //
        "\xED\xA0\x80\xED\xB0\x80"s,  // a pair of them
        "\xF4\x90\x80\x80"s,
        "\xF5\x80\x80\x80"s,  // above U+10FFFF
        "\xF8\x88\x80\x80\x80"s,
        "\xFC\x84\x80\x80\x80\x80"s,  // five and six bytes
        "\xFE"s,
        "\xFF"s,
        "\xFE\xFE\xFF\xFF"s,  // never in UTF-8
        "\xC2"s,
        "\xE1\xBD"s,
        "\xF0\x9F\x98"s,  // cut at the message's end
        "\xC2 "s,
        "\xE1\xBD "s,
        "\xF0\x9F\x98 "s,
        "\xCE\xCE"s,  // cut by something else
        "\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5\xED\xA0\x80\x65\x64\x69\x74\x65\x64"s}) {
    expect_frames({{kFin | kText, bad}}, kRefused);
    expect_frames({{kFin | kText, std::string(40, 'a') + bad}}, kRefused);
    expect_frames({{kFin | kText, bad + std::string(40, 'a')}}, kRefused);
    expect_frames(fragments_of("abc" + bad, 2), kRefused);
  }
}

TEST(Rfc6455Utf8, DoesNotBindBinaryPingOrPong) {
  expect_frames({{kFin | kBinary, "\xFF\xFE"}, {kBinary, "\xC3"}, {kFin, "("}},
                {"binary:\xFF\xFE", "binary:\xC3("});
  expect_frames({{kFin | 9, "\xFF"}, {kFin | 10, "\xC0\x80"}}, {"ping:\xFF", "pong:\xC0\x80"});
}

TEST(Rfc6455Utf8, StartsAnewWithEachMessage) {
  expect_frames({{kText, "\xCE"}, {kFin, "\xBA"}, {kFin | kText, "\xCE\xBA"}, {kFin | kText, "a"}},
                {"text:\xCE\xBA", "text:\xCE\xBA", "text:a"});
}

TEST(Rfc6455Utf8, SurvivesAPingInsideACodePoint) {
  expect_frames({{kText, "\xE1"}, {kFin | 9, "\xBD"}, {0, "\xBD"}, {kFin, "\xB9"}},
                {"ping:\xBD", "text:\xE1\xBD\xB9"});
}

// Autobahn 6.3 and 6.4.1: the fragment that breaks it fails, the last is not waited for.
TEST(Rfc6455Utf8, FailsAtTheFragmentThatBreaksIt) {
  for (auto const role : {Role::kClient, Role::kServer}) {
    Reader reader{role};
    reader.feed(wire_frame(role, {kText, kGreek}));
    EXPECT_EQ(reader.lines(), Lines{});
    reader.feed(wire_frame(role, {0, "\xF4\x90"}));
    EXPECT_EQ(reader.lines(), kRefused);
  }
}

// Autobahn 6.4.3 and 6.4.4: inside one frame too, at the very byte.
TEST(Rfc6455Utf8, FailsAtTheByteThatBreaksItInsideAnUnfinishedFrame) {
  for (auto const role : {Role::kClient, Role::kServer}) {
    auto const frame = wire_frame(role, {kFin | kText, kGreek + "\xF4\x90\x80\x80 edited"});
    auto const culprit = frame.size() - 10;  // the byte \x90
    Reader reader{role};
    for (std::size_t at = 0; at < culprit; ++at) {
      reader.feed(frame.substr(at, 1));
      ASSERT_EQ(reader.lines(), Lines{}) << at;
    }
    reader.feed(frame.substr(culprit, 1));
    EXPECT_EQ(reader.lines(), kRefused);
  }
}

}  // namespace
}  // namespace k2::ws
