#include "sink/position_book.hpp"

#include "sink/partition.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace k2::sink {
namespace {

constexpr std::string_view kLetters = "/letters/";
constexpr std::string_view kRegistrations = "/journals/";

TopicPosition read_position(nlohmann::json const& json) {
  TopicPosition position{.last = TradeId{json.at("last_id").get<std::uint64_t>()},
                         .journal = json.at("journal").get<std::string>(),
                         .sequence = json.value("sequence", std::uint64_t{0})};
  if (auto const missing = json.find("missing"); missing != json.end()) {
    for (auto const& range : *missing) {
      position.missing.push_back(
          {TradeId{range.at(0).get<std::uint64_t>()}, TradeId{range.at(1).get<std::uint64_t>()}});
    }
  }
  return position;
}

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

std::string registration_key(std::string_view journal) {
  return fmt::format("{}{}", kRegistrations, journal);
}

std::string registration_value(std::int32_t partitions) {
  return fmt::format(R"({{"partitions":{}}})", partitions);
}

std::optional<std::int32_t> PositionBook::registered_partitions() const {
  if (registrations_.empty()) return std::nullopt;
  return registrations_.front().partitions;
}

bool PositionBook::is_registered(std::string_view journal) const {
  return std::ranges::find(registrations_, journal, &Registration::journal) != registrations_.end();
}

std::set<std::string> PositionBook::journals() const {
  std::set<std::string> names;
  for (auto const& [symbol, position] : symbols_) {
    if (!position.journal.empty()) names.insert(position.journal);
  }
  for (Registration const& one : registrations_) names.insert(one.journal);
  return names;
}

std::uint64_t PositionBook::letters(std::string_view journal) const {
  auto const found = letters_.find(letter_key(journal));
  return found == letters_.end() ? 0 : found->second;
}

bool PositionBook::belongs(std::string_view symbol,
                           std::optional<std::int32_t> partition) const noexcept {
  return !partitions_ || !partition || *partition == partition_of(symbol, *partitions_);
}

void PositionBook::take(std::optional<std::int32_t> partition, std::string_view symbol,
                        TopicPosition position) {
  if (!belongs(symbol, partition)) {
    MisplacedPosition const misplaced{*partition, position.last};
    auto const [at, is_new] = misplaced_.try_emplace(std::string{symbol}, misplaced);
    if (!is_new && at->second.last < misplaced.last) at->second = misplaced;
    return;
  }
  auto const found = symbols_.find(symbol);
  if (found == symbols_.end()) {
    symbols_.emplace(std::string{symbol}, std::move(position));
  } else if (found->second.last <= position.last) {
    found->second = std::move(position);
  }
}

/// The first record of a journal counts; it never delivers into another number of partitions.
void PositionBook::take_registration(std::string_view journal, std::int32_t partitions) {
  if (!is_registered(journal)) registrations_.push_back({std::string{journal}, partitions});
}

void PositionBook::correct(std::string_view symbol, CorrectedPosition corrected) {
  std::string const name{symbol};
  symbols_.insert_or_assign(name, corrected.position);
  corrected_.insert_or_assign(name, std::move(corrected));
}

std::vector<HangingNote> PositionBook::hanging(std::set<std::int32_t> const& partitions) const {
  std::vector<HangingNote> notes;
  for (auto const& [key, note] : hanging_) {
    if (partitions.contains(note.partition)) notes.push_back(note);
  }
  return notes;
}

void PositionBook::erase(std::string_view key) {
  std::string const name{key};
  hanging_.erase(name);
  symbols_.erase(name);
  misplaced_.erase(name);
  letters_.erase(name);
  std::erase_if(registrations_,
                [&](Registration const& one) { return registration_key(one.journal) == key; });
}

Result<void> PositionBook::apply(std::string_view key, std::string_view value) {
  return apply_from(std::nullopt, key, value);
}

Result<void> PositionBook::apply(std::int32_t partition, std::string_view key,
                                 std::string_view value) {
  return apply_from(partition, key, value);
}

Result<void> PositionBook::apply_from(std::optional<std::int32_t> partition, std::string_view key,
                                      std::string_view value) {
  bool const of_letters = key.starts_with(kLetters);
  bool const of_registration = key.starts_with(kRegistrations);
  bool const of_hanging = key.starts_with(kHangingKeys);
  if (key.starts_with('/') && !of_letters && !of_registration && !of_hanging) return {};
  if (value.empty()) {
    // A tombstone in another partition than the symbol's is no evidence about its position.
    if (key.starts_with('/') || belongs(key, partition)) erase(key);
    return {};
  }
  if (of_hanging) {
    auto const note = read_hanging_note(key, value);
    if (note) hanging_.insert_or_assign(std::string{key}, *note);
    return {};
  }
  try {
    auto const json = nlohmann::json::parse(value);
    if (of_letters) {
      letters_.insert_or_assign(std::string{key}, json.at("number").get<std::uint64_t>());
    } else if (of_registration) {
      take_registration(key.substr(kRegistrations.size()),
                        json.at("partitions").get<std::int32_t>());
    } else {
      take(partition, key, read_position(json));
    }
  } catch (nlohmann::json::exception const& failure) {
    return Error{Errc::kDataCorrupt,
                 fmt::format("the positions topic holds a record that K2 does not write, key '{}': "
                             "{}; give K2 a topic of its own",
                             key, failure.what())};
  }
  return {};
}

}  // namespace k2::sink
