#include "tools/sim/fault_spec.hpp"

#include "tools/sim/fault_words.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

std::string kind_names() {
  std::string names;
  for (FaultKindInfo const& info : fault_kinds()) {
    names.append(names.empty() ? "" : ", ").append(info.name);
  }
  return names;
}

std::string words_of(FaultKindInfo const& info) {
  std::string words{"at, at-trade, every, every-trades, "};
  for (char const c : info.details) words.append(c == ' ' ? ", " : std::string{c});
  return words;
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

std::string_view trimmed(std::string_view text) {
  auto const begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

Result<bool> set_words(std::string_view text, FaultKindInfo const& info, FaultSpec& spec) {
  std::string_view list;
  for (std::string_view word = take_word(text); !word.empty(); word = take_word(text)) {
    auto const equals = word.find('=');
    std::string_view key = word.substr(0, equals);
    if (equals == std::string_view::npos) {
      if (list.empty()) return invalid_fault("not key=value", word, words_of(info));
      key = list;
    } else {
      word.remove_prefix(equals + 1);
    }
    if (!says_when(key) && !has_word(info.details, key)) {
      return invalid_fault(std::string{info.name} + " takes no", key, words_of(info));
    }
    if (auto const set = set_fault_word(key, word, spec); !set) return set.error();
    list = takes_list(key) ? key : std::string_view{};
  }
  return true;
}

}  // namespace

Result<FaultSpec> parse_fault(std::string_view text) {
  FaultSpec spec;
  spec.text = trimmed(text);
  std::string_view const name = take_word(text);
  auto const kind = find_fault_kind(name);
  if (!kind) return invalid_fault("unknown kind", name, kind_names());
  spec.kind = *kind;
  FaultKindInfo const& info = info_of(*kind);
  if (auto const set = set_words(text, info, spec); !set) return set.error();
  bool const repeats = spec.every || spec.every_trades;
  if (spec.kind == FaultKind::kRandom && (!repeats || spec.kinds.empty())) {
    return invalid_fault("incomplete", spec.text, "random with every= and kinds=");
  }
  if (repeats && info.scope == FaultScope::kCondition && !spec.length) {
    return invalid_fault("endless", spec.text, "with every= also for=");
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
    if (trimmed(line).empty()) continue;
    auto spec = parse_fault(line);
    if (!spec) {
      return Error{Errc::kConfigInvalid,
                   "line " + std::to_string(number) + ": " + spec.error().detail};
    }
    specs.push_back(std::move(*spec));
  }
  return specs;
}

Result<bool> check_symbols(std::vector<FaultSpec> const& specs, SymbolTable const& symbols) {
  constexpr std::uint32_t kNamed = 5;
  for (FaultSpec const& spec : specs) {
    for (std::string const& name : spec.symbols) {
      if (symbols.find(name)) continue;
      std::string there;
      for (std::uint32_t at = 0; at < std::min<std::size_t>(symbols.size(), kNamed); ++at) {
        there.append(at == 0 ? "" : ", ").append(symbols[SymbolIndex{at}].text());
      }
      if (symbols.size() > kNamed) there += ", ...";
      return Error{Errc::kConfigInvalid, "'" + spec.text + "': there is no symbol '" + name +
                                             "' here; there are " + there};
    }
  }
  return true;
}

}  // namespace k2::sim
