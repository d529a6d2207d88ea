#include "tools/sim/simulator.hpp"

#include "tools/sim/ledger.hpp"

#include <utility>

namespace k2::sim {

Simulator::Simulator(SimulatorOptions const& options, SymbolTable const& symbols, Source& source)
    : options_(options),
      symbols_(symbols),
      source_(source),
      store_(options.trades_kept),
      faults_(options.faults, options.seed),
      market_(symbols, source.live()),
      exchange_(options.exchange, faults_),
      rest_(options.rest, symbols, store_),
      derived_(symbols, [this](std::string_view stream) { return exchange_.wants(stream); }) {}

void Simulator::opened(SessionId id, StreamTarget target, Now now, Actions& actions) {
  exchange_.opened(id, std::move(target), exchange_time(now), actions);
  start_if_wanted(now);
}

void Simulator::text_received(SessionId id, std::string_view text, Now now, Actions& actions) {
  exchange_.text_received(id, text, exchange_time(now), actions);
  start_if_wanted(now);
}

void Simulator::ping_received(SessionId id, std::string_view payload, Now now, Actions& actions) {
  exchange_.ping_received(id, payload, exchange_time(now), actions);
}

void Simulator::pong_received(SessionId id, Now now, Actions& actions) {
  exchange_.pong_received(id, exchange_time(now), actions);
}

void Simulator::closed(SessionId id) {
  exchange_.closed(id);
}

void Simulator::tick(Now now, Actions& actions) {
  start_if_wanted(now);
  exchange_.tick(exchange_time(now), actions);
  advance_faults(now, actions);
}

bool Simulator::publish_next(Now now, Actions& actions) {
  if (!publication_due(now.mono)) return false;
  if (faults_.due_by_trades(trades_)) {
    advance_faults(now, actions);
    return true;
  }
  if (next_follow_up_ < follow_ups_.size()) {
    ++events_;
    exchange_.publish(follow_ups_[next_follow_up_++], exchange_time(now), actions);
    if (next_follow_up_ == follow_ups_.size()) take_next();
    return true;
  }
  if (!market_.pass(publication_)) {
    take_next();
    return true;
  }
  ++events_;
  record(publication_, now.mono);
  exchange_.publish(publication_, exchange_time(now), actions);
  if (follow_ups_.empty()) take_next();
  return true;
}

std::optional<MonoTime> Simulator::next_deadline() const {
  std::optional<MonoTime> next = exchange_.next_deadline();
  auto const consider = [&](std::optional<MonoTime> at) {
    if (at && (!next || *at < *next)) next = at;
  };
  consider(faults_.next_deadline());
  if (started_ && pending_ && !market_.is_halted()) consider(due_at(publication_));
  return next;
}

bool Simulator::publication_due(MonoTime now) const {
  if (!started_ || !pending_ || market_.is_halted()) return false;
  return !options_.speed || due_at(publication_) <= now;
}

void Simulator::start_if_wanted(Now now) {
  if (started_ || exchange_.stream_count() < options_.start_when_subscribed) return;
  started_ = true;
  take_next();
  start_mono_ = now.mono;
  start_recorded_ = publication_.at;
  faults_.start(now.mono);
}

void Simulator::take_next() {
  follow_ups_.clear();
  next_follow_up_ = 0;
  pending_ = !source_ended_ && source_.next(publication_);
  if (pending_ || source_ended_) return;
  source_ended_ = true;
  derived_.finish(follow_ups_);
  pending_ = !follow_ups_.empty();
}

void Simulator::record(Publication const& publication, MonoTime now) {
  std::uint64_t agg_id = 0;
  if (publication.kind == StreamKind::kTrade) {
    ++trades_;
    if (store_.add(publication.trade, now)) agg_id = store_.of(publication.symbol).back().agg_id;
    if (options_.keep_ledger) {
      append_ledger_line(publication.trade, symbols_[publication.symbol].text(), ledger_);
    }
  }
  derived_.take(publication, agg_id, follow_ups_);
}

MonoTime Simulator::due_at(Publication const& publication) const {
  if (!options_.speed) return start_mono_;
  auto const recorded = publication.at - start_recorded_;
  auto const real = std::chrono::duration<double, std::nano>(recorded) / *options_.speed;
  return start_mono_ + std::chrono::duration_cast<std::chrono::nanoseconds>(real);
}

}  // namespace k2::sim
