// Typed reading of JSON values through simdjson's on-demand interface. What is read is also
// checked in full, so that "it parsed" means "it is JSON", although on demand by itself never
// looks at what it skips. Only .cpp files of feed include this header.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <string_view>

namespace k2::feed {

/// Deeper nesting is refused; the exchange's own frames have 4 levels.
inline constexpr int kJsonDepthMax = 32;

/// The result of reading a key: absent, of another type (or a number beyond int64), or present.
enum class Seen : std::uint8_t { kMissing, kWrong, kPresent };

template <class T>
struct Field {
  Seen seen = Seen::kMissing;
  T value{};

  [[nodiscard]] bool present() const noexcept { return seen == Seen::kPresent; }
};

/// The text lives in the parser's buffer until its next document.
using TextField = Field<std::string_view>;
using IntegerField = Field<std::int64_t>;
using BoolField = Field<bool>;

/// Each takes one value, of any type, and fails only when it is not JSON.
simdjson::error_code read_field(simdjson::ondemand::value value, TextField& out);
simdjson::error_code read_field(simdjson::ondemand::value value, IntegerField& out);
simdjson::error_code read_field(simdjson::ondemand::value value, BoolField& out);

/// Walks over a value that is not used and checks it.
simdjson::error_code check_value(simdjson::ondemand::value value, int depth = 0);

/// Walks over the elements of an array that is not used and checks them. A document that is an
/// array must be read this way: only document::get_array() makes sure that it also ends like one.
simdjson::error_code check_elements(simdjson::ondemand::array array, int depth = 0);

/// SUCCESS when nothing but blanks follows what was read of the document.
simdjson::error_code check_end(simdjson::ondemand::document& document);

/// Calls `take(key, value)` for each key of an object; stops at the first error.
template <class Take>
simdjson::error_code for_each_key(simdjson::ondemand::object object, Take&& take) {
  for (auto item : object) {
    simdjson::ondemand::field field;
    if (auto const error = std::move(item).get(field)) return error;
    std::string_view key;
    if (auto const error = field.unescaped_key().get(key)) return error;
    if (auto const error = take(key, field.value())) return error;
  }
  return simdjson::SUCCESS;
}

}  // namespace k2::feed
