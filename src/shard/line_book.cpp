#include "shard/line_book.hpp"

#include <algorithm>

namespace k2::shard {
namespace {

using feed::LineReason;
using feed::LineState;

bool is_planned(LineReason reason) {
  return reason == LineReason::kRotation || reason == LineReason::kServerShutdown;
}

/// True for the reasons with which a connection ends without an error.
bool is_peaceful(LineReason reason) {
  return reason == LineReason::kReplaced || reason == LineReason::kUnwanted ||
         reason == LineReason::kQuietMarket;
}

}  // namespace

void LineBook::changed(feed::LineChanged const& change) {
  auto const reason = static_cast<std::size_t>(change.reason);
  if (change.to == LineState::kDraining) {
    ++(is_planned(change.reason) ? rotations_ : reconnects_)[reason];
  } else if (change.to == LineState::kClosed && change.from != LineState::kConnecting &&
             !is_peaceful(change.reason)) {
    ++reconnects_[reason];
  }
  if (change.to != LineState::kClosed) return;
  if (change.reason == LineReason::kConnectTimeout) ++errors_[Errc::kTimeout];
  forget(change.line);
}

void LineBook::ended(LineId line, Error const& why) {
  ++errors_[why.code];
  forget(line);
}

void LineBook::forget(LineId line) {
  endpoints_.erase(line);
  pinged_.erase(line);
}

void LineBook::pinged(LineId line, MonoTime now) {
  pinged_.try_emplace(line, now);
}

void LineBook::pong(LineId line, Now const& now) {
  ++pongs_;
  last_pong_ = now.utc;
  auto const sent = pinged_.find(line);
  if (sent == pinged_.end()) return;
  round_trip_ = now.mono - sent->second;
  pinged_.erase(sent);
}

std::string LineBook::endpoint(LineId line) const {
  auto const found = endpoints_.find(line);
  return found == endpoints_.end() ? std::string{} : found->second;
}

}  // namespace k2::shard
