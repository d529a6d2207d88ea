#include "sink/position_book.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace k2::sink {
namespace {

constexpr std::string_view kLetters = "/letters/";

}  // namespace

std::string position_value(TradeId last, std::string_view journal, std::uint64_t sequence,
                           std::vector<IdRange> const& missing) {
  auto text =
      fmt::format(R"({{"last_id":{},"journal":"{}","sequence":{})", value(last), journal, sequence);
  if (!missing.empty()) {
    text += R"(,"missing":[)";
    for (IdRange const& range : missing) {
      if (text.back() == ']') text += ',';
      fmt::format_to(std::back_inserter(text), "[{},{}]", value(range.first), value(range.last));
    }
    text += ']';
  }
  text += '}';
  return text;
}

std::string letter_key(std::string_view journal) {
  return fmt::format("{}{}", kLetters, journal);
}

std::string letter_value(std::uint64_t number) {
  return fmt::format(R"({{"number":{}}})", number);
}

std::set<std::string> PositionBook::journals() const {
  std::set<std::string> names;
  for (auto const& [symbol, position] : symbols_) {
    if (!position.journal.empty()) names.insert(position.journal);
  }
  return names;
}

std::uint64_t PositionBook::letters(std::string_view journal) const {
  auto const found = letters_.find(letter_key(journal));
  return found == letters_.end() ? 0 : found->second;
}

Result<void> PositionBook::apply(std::string_view key, std::string_view value) {
  bool const of_letters = key.starts_with(kLetters);
  if (key.starts_with('/') && !of_letters) return {};
  if (value.empty()) {
    symbols_.erase(std::string{key});
    letters_.erase(std::string{key});
    return {};
  }
  try {
    auto const json = nlohmann::json::parse(value);
    if (of_letters) {
      letters_.insert_or_assign(std::string{key}, json.at("number").get<std::uint64_t>());
      return {};
    }
    TopicPosition position{.last = TradeId{json.at("last_id").get<std::uint64_t>()},
                           .journal = json.at("journal").get<std::string>(),
                           .sequence = json.value("sequence", std::uint64_t{0})};
    if (auto const missing = json.find("missing"); missing != json.end()) {
      for (auto const& range : *missing) {
        position.missing.push_back(
            {TradeId{range.at(0).get<std::uint64_t>()}, TradeId{range.at(1).get<std::uint64_t>()}});
      }
    }
    symbols_.insert_or_assign(std::string{key}, std::move(position));
  } catch (nlohmann::json::exception const& failure) {
    return Error{Errc::kDataCorrupt,
                 fmt::format("the positions topic holds a record that K2 does not write, key '{}': "
                             "{}; give K2 a topic of its own",
                             key, failure.what())};
  }
  return {};
}

}  // namespace k2::sink
