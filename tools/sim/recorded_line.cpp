#include "tools/sim/recorded_line.hpp"

#include "tools/sim/json_walk.hpp"
#include "tools/sim/trade_parse.hpp"

#include <charconv>

namespace k2::sim {
namespace {

constexpr std::string_view kEnvelopeHead = R"({"stream":")";
constexpr std::string_view kEnvelopeMiddle = R"(","data":)";

// Source: the recorders' formats; a nanosecond time has 19 digits, microseconds 16, ms 13, s 10.
RecordTime time_from_digits(std::int64_t number, std::size_t digits) {
  std::int64_t factor = 1;
  if (digits <= 10)
    factor = 1'000'000'000;
  else if (digits <= 13)
    factor = 1'000'000;
  else if (digits <= 16)
    factor = 1'000;
  return RecordTime{std::chrono::nanoseconds{number * factor}};
}

// The digits behind the point of "1617566591.326123", as nanoseconds.
std::chrono::nanoseconds fraction(std::string_view digits) {
  std::int64_t number = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    number = number * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  }
  return std::chrono::nanoseconds{number};
}

bool take_envelope(std::string_view frame, RecordedLine& line) {
  if (!frame.starts_with(kEnvelopeHead) || !frame.ends_with('}')) return false;
  frame.remove_prefix(kEnvelopeHead.size());
  auto const name_end = frame.find('"');
  if (name_end == std::string_view::npos) return false;
  line.stream = frame.substr(0, name_end);
  frame.remove_prefix(name_end);
  if (!frame.starts_with(kEnvelopeMiddle)) return false;
  line.data = frame.substr(kEnvelopeMiddle.size(), frame.size() - kEnvelopeMiddle.size() - 1);
  line.kind = LineKind::kCombined;
  return line.data.starts_with('{');
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

// "<seconds>.<digits>: <frame>", behind its seconds.
void take_cryptofeed(std::string_view rest, RecordedLine& line) {
  std::size_t digits = 0;
  rest.remove_prefix(1);
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
  *line.at += fraction(rest.substr(0, digits));
  rest.remove_prefix(digits);
  if (!rest.starts_with(": ")) return;
  if (!take_envelope(without_blanks(rest.substr(2)), line)) line.kind = LineKind::kNothing;
}

}  // namespace

RecordedLine parse_recorded_line(std::string_view text) noexcept {
  RecordedLine line;
  if (text.empty()) return line;
  if (text.front() == '{') {
    if (!take_envelope(without_blanks(text), line)) line.kind = LineKind::kNothing;
    return line;
  }
  std::int64_t number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return line;
  auto const digits = static_cast<std::size_t>(end - text.data());
  std::string_view const rest = text.substr(digits);
  if (rest.starts_with(',')) {
    line.kind = LineKind::kTradeRow;
    line.data = text;
    return line;
  }
  line.at = time_from_digits(number, digits);
  if (rest.starts_with('.')) {
    take_cryptofeed(rest, line);
  } else if (!take_envelope(without_blanks(rest), line)) {
    line.kind = LineKind::kNothing;
  }
  return line;
}

std::optional<std::int64_t> event_number(std::string_view data) noexcept {
  JsonWalk walk{data};
  JsonMember member;
  for (int i = 0; i < 2 && walk.next(member); ++i) {
    std::int64_t number = 0;
    if (member.key == "E" && parse_number(member.value, number)) return number;
  }
  return std::nullopt;
}

}  // namespace k2::sim
