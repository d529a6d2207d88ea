#include "tools/sim/fault_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace k2::sim {
namespace {

using Nanoseconds = std::chrono::nanoseconds;
using Set = Result<bool> (*)(std::string_view text, FaultSpec& spec);

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

template <class Span>
Result<bool> set_span(std::string_view text, Span& span) {
  auto const parsed = parse_span(text);
  if (!parsed) return parsed.error();
  span = *parsed;
  return true;
}

template <class Count>
Result<bool> set_count(std::string_view text, Count& count) {
  std::uint64_t number = 0;
  if (!whole(text, number) || number == 0) {
    return invalid_fault("not a count", text, "1, 2, 3, ...");
  }
  count = number;
  return true;
}

// Looks up the value of a name in a table of both.
template <class Value, std::size_t kSize>
Result<bool> set_named(std::string_view what, std::string_view text,
                       std::array<std::pair<std::string_view, Value>, kSize> const& names,
                       Value& chosen) {
  std::string allowed;
  for (auto const& [name, meaning] : names) {
    if (name == text) {
      chosen = meaning;
      return true;
    }
    allowed.append(allowed.empty() ? "" : ", ").append(name);
  }
  return invalid_fault(what, text, allowed);
}

constexpr std::array<std::pair<std::string_view, FaultTarget>, 4> kTargets{{
    {"all", FaultTarget::kAll},
    {"one", FaultTarget::kOne},
    {"newest", FaultTarget::kNewest},
    {"oldest", FaultTarget::kOldest},
}};

constexpr std::array<std::pair<std::string_view, DropKind>, 2> kDrops{{
    {"rst", DropKind::kReset},
    {"fin", DropKind::kEnd},
}};

constexpr std::array<std::pair<std::string_view, TlsFault>, 6> kTlsFaults{{
    {"expired", TlsFault::kExpired},
    {"not-yet-valid", TlsFault::kNotYetValid},
    {"wrong-host", TlsFault::kWrongHost},
    {"self-signed", TlsFault::kSelfSigned},
    {"unknown-ca", TlsFault::kUnknownCa},
    {"old-tls", TlsFault::kOldTls},
}};

Result<bool> set_probability(std::string_view text, FaultSpec& spec) {
  double number = 0;
  if (!whole(text, number) || number <= 0 || number > 1) {
    return invalid_fault("not a probability", text, "above 0, up to 1");
  }
  spec.probability = number;
  return true;
}

Result<bool> set_status(std::string_view text, FaultSpec& spec) {
  if (!whole(text, spec.status) || spec.status < 400 || spec.status > 599) {
    return invalid_fault("not a status", text, "400..599");
  }
  return true;
}

Result<bool> set_code(std::string_view text, FaultSpec& spec) {
  if (!whole(text, spec.code) || spec.code < 1000 || spec.code > 4999 || spec.code == 1005 ||
      spec.code == 1015) {
    return invalid_fault("not a close code", text, "1000..4999, but 1005 and 1015");
  }
  return true;
}

Result<bool> set_retry_after(std::string_view text, FaultSpec& spec) {
  Nanoseconds span{};
  if (auto const set = set_span(text, span); !set) return set.error();
  spec.retry_after = std::chrono::ceil<std::chrono::seconds>(span);
  return true;
}

Result<bool> set_by(std::string_view text, FaultSpec& spec) {
  bool const back = text.starts_with('-');
  if (back || text.starts_with('+')) text.remove_prefix(1);
  if (auto const set = set_span(text, spec.by); !set) return set.error();
  if (back) spec.by = -spec.by;
  return true;
}

// A close frame has room for 123 bytes of reason. Blanks separate words, so _ represents them.
Result<bool> set_reason(std::string_view text, FaultSpec& spec) {
  if (text.size() > 123) return invalid_fault("too long a reason", text, "123 bytes");
  spec.reason = text;
  std::ranges::replace(spec.reason, '_', ' ');
  return true;
}

Result<bool> add_kind(std::string_view text, FaultSpec& spec) {
  auto const kind = find_fault_kind(text);
  if (!kind || *kind == FaultKind::kRandom) {
    return invalid_fault("not a kind to draw", text, "the other kinds, as in drop,mute");
  }
  spec.kinds.push_back(*kind);
  return true;
}

struct Word {
  std::string_view key;
  Set set;
};

constexpr std::array<Word, 24> kWords{{
    {"at", [](auto text, auto& spec) { return set_span(text, spec.at); }},
    {"at-trade", [](auto text, auto& spec) { return set_count(text, spec.at_trade); }},
    {"every", [](auto text, auto& spec) { return set_span(text, spec.every); }},
    {"every-trades", [](auto text, auto& spec) { return set_count(text, spec.every_trades); }},
    {"for", [](auto text, auto& spec) { return set_span(text, spec.length); }},
    {"frames", [](auto text, auto& spec) { return set_count(text, spec.frames); }},
    {"probability", set_probability},
    {"stream",
     [](auto text, auto& spec) -> Result<bool> {
       spec.stream = text;
       return true;
     }},
    {"on", [](auto text, auto& spec) { return set_named("unknown on", text, kTargets, spec.on); }},
    {"how", [](auto text, auto& spec) { return set_named("unknown how", text, kDrops, spec.how); }},
    {"code", set_code},
    {"reason", set_reason},
    {"lead", [](auto text, auto& spec) { return set_span(text, spec.lead); }},
    {"status", set_status},
    {"retry-after", set_retry_after},
    {"delay", [](auto text, auto& spec) { return set_span(text, spec.delay); }},
    {"lag", [](auto text, auto& spec) { return set_span(text, spec.lag); }},
    {"by", set_by},
    {"bytes", [](auto text, auto& spec) { return set_count(text, spec.bytes); }},
    {"rate", [](auto text, auto& spec) { return set_count(text, spec.rate); }},
    {"ids", [](auto text, auto& spec) { return set_count(text, spec.ids); }},
    {"kind",
     [](auto text, auto& spec) { return set_named("unknown kind", text, kTlsFaults, spec.tls); }},
    {"symbols",
     [](auto text, auto& spec) -> Result<bool> {
       spec.symbols.emplace_back(text);
       return true;
     }},
    {"kinds", add_kind},
}};

}  // namespace

Error invalid_fault(std::string_view what, std::string_view word, std::string_view allowed) {
  std::string detail{"fault: "};
  detail.append(what).append(" '").append(word).append("'; allowed: ").append(allowed);
  return Error{Errc::kConfigInvalid, detail};
}

Result<bool> set_fault_word(std::string_view key, std::string_view text, FaultSpec& spec) {
  auto const* const word = std::ranges::find(kWords, key, &Word::key);
  if (word != kWords.end()) return word->set(text, spec);
  std::string allowed;
  for (Word const& known : kWords) allowed.append(allowed.empty() ? "" : ", ").append(known.key);
  return invalid_fault("unknown word", key, allowed);
}

bool says_when(std::string_view key) noexcept {
  return has_word("at at-trade every every-trades", key);
}

bool takes_list(std::string_view key) noexcept {
  return key == "symbols" || key == "kinds";
}

Result<Nanoseconds> parse_span(std::string_view text) {
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
  // A century is practically unlimited, and fits.
  if (error != std::errc{} || number < 0 || seconds > 3.2e9) {
    return not_a_span(text);
  }
  return std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>{seconds});
}

}  // namespace k2::sim
