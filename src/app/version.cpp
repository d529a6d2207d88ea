#include "app/version.hpp"

#include <string_view>

namespace k2::app {

std::string version_text() {
  constexpr std::string_view kCommit = K2_COMMIT;
  std::string text = "k2 " K2_VERSION " (";
  if (!kCommit.empty()) text.append("commit ").append(kCommit).append(", ");
  return text + __VERSION__ + ")";
}

std::string version_number() {
  return K2_VERSION;
}

std::string version_commit() {
  return K2_COMMIT;
}

}  // namespace k2::app
