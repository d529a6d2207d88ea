#include "tools/sim/rest_budget.hpp"

namespace k2::sim {
namespace {

// Chosen: more addresses than this are forgotten; the exchange simulator has few clients.
constexpr std::size_t kAccountsMax = 10'000;

}  // namespace

RestVerdict RestBudget::charge(std::string const& client, std::uint64_t weight, UtcTime now) {
  if (accounts_.size() > kAccountsMax) accounts_.clear();
  Account& account = accounts_[client];
  auto const minute = std::chrono::floor<std::chrono::minutes>(now);
  if (account.minute != minute) {
    account.minute = minute;
    account.used = account.refused = 0;
  }
  account.used += weight;
  RestVerdict verdict;
  verdict.used = account.used;
  if (now < account.banned_until) {
    verdict.status = 418;
  } else if (account.used > limits_.weight_max) {
    verdict.status = 429;
    if (++account.refused > limits_.refused_max) {
      verdict.status = 418;
      account.banned_until = now + limits_.ban;
    }
  }
  UtcTime const until =
      verdict.status == 418 ? account.banned_until : UtcTime{minute + std::chrono::minutes{1}};
  verdict.banned_until = until;
  verdict.retry_after = std::chrono::ceil<std::chrono::seconds>(until - now);
  return verdict;
}

}  // namespace k2::sim
