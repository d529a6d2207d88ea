// A REST body being read: its padded copy, the parser, and the error of the exchange that a body
// of any kind may turn out to be. Only .cpp files of feed include this header.
#pragma once

#include "core/result.hpp"
#include "feed/json_fields.hpp"

#include <string>
#include <string_view>

namespace k2::feed {

/// {"code":-1121,"msg":"Invalid symbol."}: true when a body is one.
struct ExchangeError {
  IntegerField code;
  TextField message;

  explicit operator bool() const noexcept { return code.present(); }
  [[nodiscard]] Error to_error() const;
};

class JsonBody {
 public:
  /// Copies the body and opens it. Views into it stay valid until the next call.
  /// Errors: simdjson's own.
  simdjson::error_code open(std::string_view body, simdjson::ondemand::document& document);

  /// Opens a body that is to be an object, and calls `take(key, value)` for every key that is not
  /// an error's.
  template <class Take>
  simdjson::error_code read_object(std::string_view body, ExchangeError& refusal, Take&& take) {
    simdjson::ondemand::document document;
    if (auto const error = open(body, document)) return error;
    return read_object(document, refusal, take);
  }
  template <class Take>
  simdjson::error_code read_object(simdjson::ondemand::document& document, ExchangeError& refusal,
                                   Take&& take) {
    simdjson::ondemand::object object;
    if (auto const error = document.get_object().get(object)) return error;
    auto const error =
        for_each_key(object, [&](std::string_view key, simdjson::ondemand::value member) {
          if (key == "code") return read_field(member, refusal.code);
          if (key == "msg") return read_field(member, refusal.message);
          return take(key, member);
        });
    return error ? error : check_end(document);
  }

 private:
  std::string padded_;
  simdjson::ondemand::parser parser_;
};

/// The error for a body that is not JSON, or not the requested JSON.
[[nodiscard]] Error json_error(simdjson::error_code code);

}  // namespace k2::feed
