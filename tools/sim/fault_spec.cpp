#include "tools/sim/fault_spec.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace k2::sim {
namespace {

constexpr std::string_view kKindWords = "drop, lose, duplicate, reorder, rest-down";
constexpr std::string_view kKeyWords =
    "at, at-trade, every, every-trades, for, frames, probability, stream, on, how, status";

constexpr std::array<std::pair<std::string_view, FaultKind>, 5> kKinds{{
    {"drop", FaultKind::kDrop},
    {"lose", FaultKind::kLose},
    {"duplicate", FaultKind::kDuplicate},
    {"reorder", FaultKind::kReorder},
    {"rest-down", FaultKind::kRestDown},
}};

Error invalid(std::string_view what, std::string_view word, std::string_view allowed) {
  std::string detail{"fault: "};
  detail.append(what).append(" '").append(word).append("'; allowed: ").append(allowed);
  return Error{Errc::kConfigInvalid, detail};
}

Error not_a_span(std::string_view text) {
  return Error{Errc::kConfigInvalid, "'" + std::string{text} +
                                         "' is no span of time; allowed: a number with ms, s, m "
                                         "or h, up to a century, as in 1.5s"};
}

template <class Number>
bool whole(std::string_view text, Number& number) {
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

Result<bool> set_span(std::string_view text, std::optional<std::chrono::nanoseconds>& span) {
  auto const parsed = parse_span(text);
  if (!parsed) return parsed.error();
  span = *parsed;
  return true;
}

Result<bool> set_count(std::string_view text, std::optional<std::uint64_t>& count) {
  std::uint64_t number = 0;
  if (!whole(text, number) || number == 0) {
    return invalid("not a count", text, "1, 2, 3, ...");
  }
  count = number;
  return true;
}

Result<bool> set_detail(std::string_view key, std::string_view text, FaultSpec& spec) {
  if (key == "probability") {
    double number = 0;
    if (!whole(text, number) || number <= 0 || number > 1) {
      return invalid("not a probability", text, "above 0, up to 1");
    }
    spec.probability = number;
  } else if (key == "stream") {
    spec.stream = text;
  } else if (key == "on") {
    if (text != "all" && text != "one") return invalid("unknown on", text, "all, one");
    spec.one_session = text == "one";
  } else if (key == "how") {
    if (text != "rst" && text != "fin") return invalid("unknown how", text, "rst, fin");
    spec.how = text == "rst" ? DropKind::kReset : DropKind::kEnd;
  } else if (key == "status") {
    if (!whole(text, spec.status) || spec.status < 400 || spec.status > 599) {
      return invalid("not a status", text, "400..599");
    }
  } else {
    return invalid("unknown word", key, kKeyWords);
  }
  return true;
}

Result<bool> set_word(std::string_view key, std::string_view text, FaultSpec& spec) {
  if (key == "at") return set_span(text, spec.at);
  if (key == "at-trade") return set_count(text, spec.at_trade);
  if (key == "every") return set_span(text, spec.every);
  if (key == "every-trades") return set_count(text, spec.every_trades);
  if (key == "for") return set_span(text, spec.length);
  if (key == "frames") return set_count(text, spec.frames);
  return set_detail(key, text, spec);
}

// The next word, separated by blanks or commas; empty at the end.
std::string_view take_word(std::string_view& text) {
  auto const begin = text.find_first_not_of(" \t,\r");
  if (begin == std::string_view::npos) return {};
  text.remove_prefix(begin);
  auto const end = text.find_first_of(" \t,\r");
  std::string_view const word = text.substr(0, end);
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

Result<FaultSpec> parse_fault(std::string_view text) {
  FaultSpec spec;
  std::string_view const kind = take_word(text);
  auto const* const found = std::find_if(kKinds.begin(), kKinds.end(),
                                         [&](auto const& entry) { return entry.first == kind; });
  if (found == kKinds.end()) return invalid("unknown kind", kind, kKindWords);
  spec.kind = found->second;
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    auto const equals = word.find('=');
    if (equals == std::string_view::npos) return invalid("not key=value", word, kKeyWords);
    auto const set = set_word(word.substr(0, equals), word.substr(equals + 1), spec);
    if (!set) return set.error();
  }
  return spec;
}

Result<std::vector<FaultSpec>> parse_faults(std::string_view text) {
  std::vector<FaultSpec> specs;
  for (int number = 1; !text.empty(); ++number) {
    auto const end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    line = line.substr(0, line.find('#'));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto spec = parse_fault(line);
    if (!spec) {
      return Error{Errc::kConfigInvalid,
                   "line " + std::to_string(number) + ": " + spec.error().detail};
    }
    specs.push_back(std::move(*spec));
  }
  return specs;
}

Result<std::chrono::nanoseconds> parse_span(std::string_view text) {
  double number = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view const unit = text.substr(static_cast<std::size_t>(end - text.data()));
  double seconds = 0;
  if (unit == "ms")
    seconds = number / 1000;
  else if (unit == "s")
    seconds = number;
  else if (unit == "m")
    seconds = number * 60;
  else if (unit == "h")
    seconds = number * 3600;
  else
    return not_a_span(text);
  // A century is as good as for ever, and fits.
  if (error != std::errc{} || number < 0 || seconds > 3.2e9) {
    return not_a_span(text);
  }
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
      std::chrono::duration<double>{seconds});
}

}  // namespace k2::sim
