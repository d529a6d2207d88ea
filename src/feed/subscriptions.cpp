#include "feed/subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace k2::feed {
namespace {

/// The longest time that data may take to follow its request. Chosen: acknowledgements arrive
/// within some hundred milliseconds.
constexpr std::chrono::seconds kSettle{1};

}  // namespace

std::string Subscriptions::begin(std::span<Symbol const> symbols) {
  std::size_t const in_target = std::min(symbols.size(), kStreamsPerRequest);
  for (Symbol const& symbol : symbols.subspan(in_target)) append(true, symbol);
  return stream_target(kind_, symbols.first(in_target));
}

void Subscriptions::add(Symbol const& symbol) {
  append(true, symbol);
}

void Subscriptions::remove(Symbol const& symbol) {
  append(false, symbol);
}

void Subscriptions::append(bool subscribe, Symbol const& symbol) {
  wanted_[symbol] = subscribe;
  bool const joins = !pending_.empty() && pending_.back().subscribe == subscribe &&
                     pending_.back().symbols.size() < kStreamsPerRequest;
  if (!joins) pending_.push_back({subscribe, {}});
  pending_.back().symbols.push_back(symbol);
}

std::optional<std::string> Subscriptions::due(MonoTime now, std::uint64_t id) {
  repeat_overdue(now);
  if (pending_.empty() || now < free_at_) return std::nullopt;
  Request request = std::move(pending_.front());
  pending_.pop_front();
  free_at_ = now + kSubscribeSpacing;
  std::string text = request.subscribe ? subscribe_request(kind_, request.symbols, id)
                                       : unsubscribe_request(kind_, request.symbols, id);
  sent_.push_back({id, std::move(request), now});
  sent_.back().again_at += sent_.back().request.wait;
  return text;
}

void Subscriptions::answered(std::uint64_t id, bool refused, MonoTime now) {
  auto const found = std::ranges::find(sent_, id, &Sent::id);
  if (found == sent_.end()) return;
  if (!refused) {
    sent_.erase(found);
    return;
  }
  // An immediate retry would only be refused again.
  found->again_at = std::max(found->again_at, now);
}

/// Repeats the requests that failed, for the streams that are still needed.
void Subscriptions::repeat_overdue(MonoTime now) {
  for (auto sent = sent_.begin(); sent != sent_.end();) {
    if (now < sent->again_at) {
      ++sent;
      continue;
    }
    Request request = std::move(sent->request);
    sent = sent_.erase(sent);
    std::erase_if(request.symbols,
                  [&](Symbol const& symbol) { return wanted_[symbol] != request.subscribe; });
    request.wait = std::min<std::chrono::nanoseconds>(request.wait * 2, kReplyWaitMax);
    if (!request.symbols.empty()) pending_.push_back(std::move(request));
  }
}

MonoTime Subscriptions::next_deadline() const noexcept {
  MonoTime due = pending_.empty() ? MonoTime::max() : free_at_;
  for (Sent const& sent : sent_) due = std::min(due, sent.again_at);
  return due;
}

std::optional<MonoTime> Subscriptions::settled_at() const noexcept {
  if (!pending_.empty()) return std::nullopt;
  return free_at_ - kSubscribeSpacing + kSettle;
}

}  // namespace k2::feed
