#include "core/ws/close_code.hpp"

#include <gtest/gtest.h>

#include <set>

namespace k2::ws {
namespace {

TEST(CloseCode, AllowsOnTheWireWhatIsRegisteredOrTheApplications) {
  std::set<int> const registered{1000, 1001, 1002, 1003, 1007, 1008,
                                 1009, 1010, 1011, 1012, 1013, 1014};
  for (int code = 0; code <= UINT16_MAX; ++code) {
    bool const allowed = registered.contains(code) || (code >= 3000 && code <= 4999);
    EXPECT_EQ(is_close_code_on_wire(static_cast<std::uint16_t>(code)), allowed) << code;
  }
}

}  // namespace
}  // namespace k2::ws
