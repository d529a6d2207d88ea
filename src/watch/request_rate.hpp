// Limits the requests of each client of the watch server: a token bucket per client address, so
// that one client's flood does not keep others from their scrape. Pure and bounded: it keeps at
// most kClientsMax clients and drops the one whose last request is the oldest.
#pragma once

#include "core/time.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace k2::watch {

class RequestRate {
 public:
  /// Chosen: a status page sends two requests a second, and several may share one address.
  static constexpr double kPerSecond = 50;
  static constexpr double kBurst = 200;
  static constexpr std::size_t kClientsMax = 256;

  /// True when the client may have one more request now.
  [[nodiscard]] bool admit(std::string_view client, MonoTime now) {
    Bucket& bucket = bucket_of(client, now);
    double const passed = std::chrono::duration<double>{now - bucket.at}.count();
    bucket.left = std::min(kBurst, bucket.left + passed * kPerSecond);
    bucket.at = now;
    if (bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
  [[nodiscard]] std::size_t clients() const noexcept { return buckets_.size(); }

 private:
  struct Bucket {
    double left = kBurst;
    MonoTime at;
  };

  Bucket& bucket_of(std::string_view client, MonoTime now) {
    auto const found = buckets_.find(client);
    if (found != buckets_.end()) return found->second;
    if (buckets_.size() == kClientsMax) {
      buckets_.erase(
          std::ranges::min_element(buckets_, {}, [](auto const& one) { return one.second.at; }));
    }
    return buckets_.emplace(client, Bucket{.at = now}).first->second;
  }

  std::map<std::string, Bucket, std::less<>> buckets_;
};

}  // namespace k2::watch
