// A snapshot as Prometheus scrapes it. Pure; the watch server's thread.
#pragma once

#include "watch/snapshot.hpp"

#include <string>

namespace k2::watch {

/// Every metric of the table, in its order.
[[nodiscard]] std::string metrics_page(Snapshot const& snapshot);

}  // namespace k2::watch
