#include "feed/json_body.hpp"

namespace k2::feed {

Error ExchangeError::to_error() const {
  return Error{Errc::kExchangeError, std::to_string(code.value).append(" ").append(message.value)};
}

simdjson::error_code JsonBody::open(std::string_view body, simdjson::ondemand::document& document) {
  padded_.assign(body);
  padded_.resize(body.size() + simdjson::SIMDJSON_PADDING, ' ');
  simdjson::padded_string_view const view{padded_.data(), body.size(), padded_.size()};
  return parser_.iterate(view).get(document);
}

Error json_error(simdjson::error_code code) {
  return Error{Errc::kJsonSyntax, simdjson::error_message(code)};
}

}  // namespace k2::feed
