// The REST request weight that this process may spend: a share of what the exchange allows to the
// address in a minute. The exchange counts clock minutes by its own clock, so no 61 seconds of ours
// may hold more than a minute's share: then neither a border nor a wrong clock matters. What others
// behind the same address spend is learned from reply headers. Long work is spread evenly over the
// minute and leaves a reserve, so that a fresh small gap never waits for a long one. Pure.
#pragma once

#include "core/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>

namespace k2::flow {

/// The purpose of a request: it decides how much of the budget the request may use, and how evenly.
enum class Purpose : std::uint8_t {
  /// A live gap that one page closes: it may use the whole budget, at any moment.
  kSmallGap,
  /// A page of a longer catch-up: spread evenly over the minute, the reserve left free.
  kCatchUp,
  /// The repair of a declared gap, behind delivery: spread evenly, within less of the budget.
  kDeclared,
  /// An idle probe: what is left over, and in any case a small share of its own.
  kProbe,
};

class WeightBudget {
 public:
  /// `share` of `limit_per_minute` is spent at most; 0 < share <= 1.
  WeightBudget(std::uint32_t limit_per_minute, double share);

  /// Takes the weight if the budget has room for it now.
  [[nodiscard]] bool try_spend(std::uint32_t weight, Now now, Purpose purpose = Purpose::kSmallGap);

  /// The exchange's own count of this minute, from a reply.
  void on_used(std::uint32_t used, Now now);
  /// The limit that exchangeInfo states.
  void set_limit(std::uint32_t limit_per_minute) noexcept { limit_ = limit_per_minute; }
  /// 429 or 418: nothing is spent until then.
  void block(std::chrono::nanoseconds wait, Now now);

  /// Weight that counts against the limit now: ours of the last minute, and that of others.
  [[nodiscard]] std::uint32_t used() const noexcept { return spent_ + others_; }
  [[nodiscard]] std::uint32_t limit() const noexcept { return limit_; }
  [[nodiscard]] bool blocked(MonoTime now) const noexcept { return now < blocked_until_; }

 private:
  /// A second more than a minute, for requests that are slow to arrive, and the running one.
  static constexpr std::int64_t kSeconds = 62;

  void advance(Now now);
  [[nodiscard]] bool allows(std::uint32_t weight, Now now, Purpose purpose) const;
  [[nodiscard]] double weight_per_second() const;

  std::uint32_t limit_;
  double share_;
  std::array<std::uint32_t, kSeconds> spent_in_{};  // by second, a ring
  std::uint32_t spent_ = 0;                         // their sum
  std::uint32_t spent_this_minute_ = 0;
  std::uint32_t others_ = 0;  // of this clock minute
  std::int64_t second_ = 0;
  std::int64_t minute_ = -1;
  MonoTime blocked_until_ = MonoTime::min();
  // Up to when an even spending of all, and of the probes' own share, is used up already.
  MonoTime paced_until_ = MonoTime::min();
  MonoTime probes_until_ = MonoTime::min();
};

}  // namespace k2::flow
