// The verdicts of our own decoder, one line for each stream of a file; see verdict.py for the form.
// Each stream is read whole, byte by byte and in odd pieces: that these agree is part of the test.
#include "core/ws/decoder.hpp"

#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

using k2::ws::Decoder;
using k2::ws::DecodeStatus;
using k2::ws::Opcode;
using k2::ws::Role;

std::string hex(std::string_view bytes) {
  std::string text;
  for (char const byte : bytes) {
    auto const value = static_cast<unsigned char>(byte);
    text.push_back("0123456789abcdef"[value >> 4U]);
    text.push_back("0123456789abcdef"[value & 0xFU]);
  }
  return text;
}

std::string bytes_of(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < text.size(); at += 2) {
    unsigned value = 0;
    auto const [end, errc] = std::from_chars(text.data() + at, text.data() + at + 2, value, 16);
    if (errc != std::errc{} || end != text.data() + at + 2) throw std::runtime_error("not hex");
    bytes.push_back(static_cast<char>(value));
  }
  return bytes;
}

std::string word_of(k2::ws::Message const& message) {
  auto const payload = hex(message.payload);
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
  throw std::logic_error("a continuation came out of the decoder");
}

std::string judge(Role role, std::size_t limit, std::string_view data, std::size_t step) {
  Decoder decoder{role, limit};
  k2::ws::ReceiveBuffer buffer;
  std::string line;
  for (std::size_t at = 0; at < data.size(); at += step) {
    auto const piece = data.substr(at, step);
    piece.copy(buffer.writable(piece.size()).data(), piece.size());
    buffer.commit(piece.size());
    k2::ws::Message message;
    DecodeStatus status{};
    while ((status = decoder.next(buffer, message)) == DecodeStatus::kMessage) {
      line += word_of(message) + " ";
    }
    if (status == DecodeStatus::kFailed) {
      auto why = decoder.error().detail;
      for (auto& letter : why) letter = letter == ' ' ? '_' : letter;
      return line + "fail:" + std::to_string(decoder.close_code_for_error()) + ":" + why;
    }
  }
  return line + (decoder.closed() ? "closed" : "more");
}

void judge_file(char const* path) {
  std::ifstream file{path};
  if (!file) throw std::runtime_error("cannot read the streams");
  for (std::string line; std::getline(file, line);) {
    std::istringstream words{line};
    std::string role_name;
    std::size_t limit = 0;
    std::string text;
    words >> role_name >> limit >> text;
    auto const role = role_name == "client" ? Role::kClient : Role::kServer;
    auto const data = bytes_of(text);
    auto const verdict = judge(role, limit, data, 200'000);
    for (std::size_t const step : {std::size_t{1}, std::size_t{7}}) {
      if (judge(role, limit, data, step) != verdict) {
        throw std::runtime_error("the verdict depends on the cut: " + line.substr(0, 400));
      }
    }
    std::cout << verdict << '\n';
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: ws_verdict STREAMS");
    judge_file(arguments[1]);
    return 0;
  } catch (std::exception const& failure) {
    std::fprintf(stderr, "ws_verdict: %s\n", failure.what());
    return 1;
  }
}
