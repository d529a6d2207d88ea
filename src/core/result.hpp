// Result<T> carries a value or an Error: what an expected failure looks like everywhere in K2.
// Exceptions stay inside io/ and start-up; a broken invariant is K2_ASSERT's.
#pragma once

#include "core/errc.hpp"

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace k2 {

/// An expected failure: its code, with a detail for the reader of the log.
/// Units: the detail is at most kDetailMax bytes; longer ones are cut.
struct Error {
  static constexpr std::size_t kDetailMax = 512;

  Errc code = Errc::kOk;
  std::string detail;

  Error() = default;
  explicit Error(Errc error_code, std::string_view error_detail = {})
      : code(error_code), detail(error_detail.substr(0, kDetailMax)) {}

  /// "name: detail", as a log line or a terminal shows it.
  [[nodiscard]] std::string to_string() const {
    std::string text{errc_name(code)};
    if (!detail.empty()) text.append(": ").append(detail);
    return text;
  }

  friend bool operator==(Error const&, Error const&) = default;
};

/// Called by Result::value() on an error: reaching it is a mistake at start-up or in a test.
[[noreturn]] inline void throw_exception_from_error(Error const& error,
                                                    boost::source_location const& /*where*/) {
  throw std::runtime_error(error.to_string());
}

template <class T>
using Result = boost::system::result<T, Error>;

}  // namespace k2
