#include "sink/position_book.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace k2::sink {
namespace {

constexpr std::string_view kCursorPrefix = "/journal/";

}  // namespace

std::string cursor_key(std::string_view journal) {
  return fmt::format("{}{}", kCursorPrefix, journal);
}

std::string position_value(TradeId last, std::string_view journal) {
  return fmt::format(R"({{"last_id":{},"journal":"{}"}})", value(last), journal);
}

std::string cursor_value(std::uint64_t next_sequence, std::string_view last) {
  return nlohmann::json{{"next_sequence", next_sequence}, {"last", last}}.dump();
}

std::string owner_value(std::string_view instance) {
  return fmt::format(R"({{"instance":"{}"}})", instance);
}

Result<void> PositionBook::apply(std::string_view key, std::string_view value) {
  bool const is_cursor = key.starts_with(kCursorPrefix);
  if (value.empty()) {
    if (key == kOwnerKey) {
      owner_.clear();
    } else if (is_cursor) {
      cursors_.erase(std::string{key.substr(kCursorPrefix.size())});
    } else {
      symbols_.erase(std::string{key});
    }
    return {};
  }
  try {
    auto const json = nlohmann::json::parse(value);
    if (key == kOwnerKey) {
      owner_ = json.at("instance").get<std::string>();
    } else if (is_cursor) {
      Cursor cursor{.next_sequence = json.at("next_sequence").get<std::uint64_t>(),
                    .last = json.at("last").get<std::string>()};
      cursors_.insert_or_assign(std::string{key.substr(kCursorPrefix.size())}, std::move(cursor));
    } else {
      TopicPosition position{.last = TradeId{json.at("last_id").get<std::uint64_t>()},
                             .journal = json.at("journal").get<std::string>()};
      symbols_.insert_or_assign(std::string{key}, std::move(position));
    }
  } catch (nlohmann::json::exception const& failure) {
    return Error{Errc::kDataCorrupt,
                 fmt::format("the positions topic holds a record that K2 does not write, key '{}': "
                             "{}; give K2 a topic of its own",
                             key, failure.what())};
  }
  return {};
}

std::optional<Cursor> PositionBook::cursor(std::string_view journal) const {
  auto const found = cursors_.find(journal);
  if (found == cursors_.end()) return std::nullopt;
  return found->second;
}

}  // namespace k2::sink
