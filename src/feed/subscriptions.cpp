#include "feed/subscriptions.hpp"

#include <algorithm>
#include <utility>

namespace k2::feed {
namespace {

/// How long data may take to follow its request. Chosen: acknowledgements come within some hundred
/// milliseconds.
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
  bool const joins = !pending_.empty() && pending_.back().subscribe == subscribe &&
                     pending_.back().symbols.size() < kStreamsPerRequest;
  if (!joins) pending_.push_back({subscribe, {}});
  pending_.back().symbols.push_back(symbol);
}

std::optional<std::string> Subscriptions::due(MonoTime now, std::uint64_t id) {
  if (pending_.empty() || now < free_at_) return std::nullopt;
  Request const request = std::move(pending_.front());
  pending_.pop_front();
  free_at_ = now + kSubscribeSpacing;
  return request.subscribe ? subscribe_request(kind_, request.symbols, id)
                           : unsubscribe_request(kind_, request.symbols, id);
}

MonoTime Subscriptions::next_deadline() const noexcept {
  return pending_.empty() ? MonoTime::max() : free_at_;
}

std::optional<MonoTime> Subscriptions::settled_at() const noexcept {
  if (!pending_.empty()) return std::nullopt;
  return free_at_ - kSubscribeSpacing + kSettle;
}

}  // namespace k2::feed
