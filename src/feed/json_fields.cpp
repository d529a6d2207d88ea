#include "feed/json_fields.hpp"

#include <charconv>

namespace k2::feed {
namespace {

namespace ondemand = simdjson::ondemand;

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}

/// A scalar's own characters: simdjson hands out the blanks up to the next token as well.
std::string_view trimmed_token(ondemand::value& value) {
  std::string_view token = value.raw_json_token();
  while (!token.empty() && std::string_view{" \t\r\n"}.find(token.back()) != token.npos) {
    token.remove_suffix(1);
  }
  return token;
}

std::size_t skip_digits(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

enum class NumberForm : std::uint8_t { kNone, kInteger, kFraction };

/// Classifies a token by the number forms of RFC 8259 section 6.
NumberForm number_form(std::string_view token) noexcept {
  std::size_t const first = token.starts_with('-') ? 1 : 0;
  std::size_t at = skip_digits(token, first);
  if (at == first || (token[first] == '0' && at > first + 1)) return NumberForm::kNone;
  if (at == token.size()) return NumberForm::kInteger;
  if (token[at] == '.') {
    std::size_t const fraction = at + 1;
    at = skip_digits(token, fraction);
    if (at == fraction) return NumberForm::kNone;
  }
  if (at < token.size() && (token[at] == 'e' || token[at] == 'E')) {
    std::size_t exponent = at + 1;
    if (exponent < token.size() && (token[exponent] == '+' || token[exponent] == '-')) ++exponent;
    at = skip_digits(token, exponent);
    if (at == exponent) return NumberForm::kNone;
  }
  return at == token.size() ? NumberForm::kFraction : NumberForm::kNone;
}

simdjson::error_code check_scalar(ondemand::value& value, ondemand::json_type type) {
  auto const token = trimmed_token(value);
  switch (type) {
    case ondemand::json_type::number:
      return number_form(token) == NumberForm::kNone ? simdjson::NUMBER_ERROR : simdjson::SUCCESS;
    case ondemand::json_type::boolean:
      return token == "true" || token == "false" ? simdjson::SUCCESS : simdjson::T_ATOM_ERROR;
    case ondemand::json_type::null:
      return token == "null" ? simdjson::SUCCESS : simdjson::N_ATOM_ERROR;
    default:
      return simdjson::TAPE_ERROR;
  }
}

/// Checks a value that turned out to be of another type than its key calls for.
simdjson::error_code note_wrong(ondemand::value value, Seen& seen) {
  seen = Seen::kWrong;
  return check_value(value);
}

}  // namespace

simdjson::error_code read_field(ondemand::value value, TextField& out) {
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::string) return note_wrong(value, out.seen);
  out.seen = Seen::kPresent;
  return value.get_string().get(out.value);
}

simdjson::error_code read_field(ondemand::value value, IntegerField& out) {
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::number) return note_wrong(value, out.seen);
  auto const token = trimmed_token(value);
  auto const form = number_form(token);
  if (form == NumberForm::kNone) return simdjson::NUMBER_ERROR;
  auto const parsed = std::from_chars(token.data(), token.data() + token.size(), out.value);
  bool const fits = form == NumberForm::kInteger && parsed.ec == std::errc{};
  out.seen = fits ? Seen::kPresent : Seen::kWrong;
  return simdjson::SUCCESS;
}

simdjson::error_code read_field(ondemand::value value, BoolField& out) {
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type != ondemand::json_type::boolean) return note_wrong(value, out.seen);
  if (auto const error = check_scalar(value, type)) return error;
  out.seen = Seen::kPresent;
  out.value = trimmed_token(value) == "true";
  return simdjson::SUCCESS;
}

simdjson::error_code check_value(ondemand::value value, int depth) {
  if (depth >= kJsonDepthMax) return simdjson::DEPTH_ERROR;
  ondemand::json_type type{};
  if (auto const error = value.type().get(type)) return error;
  if (type == ondemand::json_type::string) {
    std::string_view text;
    return value.get_string().get(text);
  }
  if (type == ondemand::json_type::array) {
    ondemand::array array;
    if (auto const error = value.get_array().get(array)) return error;
    return check_elements(array, depth);
  }
  if (type != ondemand::json_type::object) return check_scalar(value, type);
  ondemand::object object;
  if (auto const error = value.get_object().get(object)) return error;
  return for_each_key(object, [depth](std::string_view, ondemand::value member) {
    return check_value(member, depth + 1);
  });
}

simdjson::error_code check_elements(ondemand::array array, int depth) {
  for (auto item : array) {
    ondemand::value element;
    if (auto const error = std::move(item).get(element)) return error;
    if (auto const error = check_value(element, depth + 1)) return error;
  }
  return simdjson::SUCCESS;
}

simdjson::error_code check_end(ondemand::document& document) {
  char const* rest = nullptr;
  auto const error = document.current_location().get(rest);
  return error == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS : simdjson::TRAILING_CONTENT;
}

}  // namespace k2::feed
