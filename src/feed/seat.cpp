#include "feed/seat.hpp"

#include "core/assert.hpp"
#include "core/planted.hpp"

#include <algorithm>
#include <utility>

namespace k2::feed {
namespace {

/// The minimum wait after a refusal by region or firewall. Chosen: it does not pass soon, and
/// frequent attempts lengthen bans.
constexpr std::chrono::minutes kRefusedWait{5};
/// Lines are rotated up to this part of their lifetime early, so that many do not turn together.
constexpr double kLifetimeJitter = 0.1;

std::chrono::nanoseconds wait_wanted(LineClosed const& closed) {
  if (closed.error.code == Errc::kRefusedByRegion) {
    return std::max<std::chrono::seconds>(closed.retry_after.value_or(kRefusedWait), kRefusedWait);
  }
  if (closed.error.code != Errc::kRateLimited) return {};
  return closed.retry_after.value_or(kRateLimitedWait);
}

}  // namespace

Seat::Seat(LineOptions const& options, LineSupply& supply, SeatPlace place, Rng rng)
    : options_(options),
      supply_(supply),
      place_(place),
      rng_(Rng{rng.next()}),
      backoff_(options.backoff, Rng{rng.next()}),
      data_silence_(options.data_silence),
      dead_stream_wait_(options.data_silence) {
  K2_ASSERT(place.endpoints > 0);
}

void Seat::add(SymbolIndex index, Symbol const& symbol) {
  K2_ASSERT(wanted_.size() < kStreamsPerLineMax);
  wanted_.push_back({index, symbol});
  if (value(index) >= carries_.size()) carries_.resize(value(index) + std::size_t{1});
  carries_[value(index)] = true;
  for (auto* line : {&main_, &next_}) {
    if (*line) (*line)->subscriptions.add(symbol);
  }
}

void Seat::remove(SymbolIndex index) {
  auto const found = std::ranges::find(wanted_, index, &Stream::index);
  if (found == wanted_.end()) return;
  for (auto* line : {&main_, &next_}) {
    if (*line) (*line)->subscriptions.remove(found->symbol);
  }
  overlap_.forget(index);
  carries_[value(index)] = false;
  wanted_.erase(found);
}

Seat::Line* Seat::find(LineId id) noexcept {
  if (main_ && main_->id == id) return &*main_;
  if (next_ && next_->id == id) return &*next_;
  return nullptr;
}

void Seat::tick(MonoTime now, FeedActions& out) {
  if (wanted_.empty()) return close_all(out);
  if (next_) tick_next(now, out);
  if (main_) tick_main(now, out);
  open_wanted(now, out);
}

void Seat::open_wanted(MonoTime now, FeedActions& out) {
  bool const wanted = !main_ || (trouble_ && !next_);
  if (!wanted) return;
  open_at_ = std::max(open_at_, allowed_at(now));
  if (now < open_at_) return;
  if (!main_) {
    main_ = make_line(now, out);
  } else {
    overlap_.begin();
    next_ = make_line(now, out);
  }
}

/// The time at which the process may open one more connection of this kind. Half of all attempts
/// are reserved for connections of trades; those of the audit can wait.
MonoTime Seat::allowed_at(MonoTime now) const {
  return supply_.budget.free_at(
      now, place_.kind == StreamKind::kTrade ? 0 : supply_.budget.per_window() / 2);
}

void Seat::close_all(FeedActions& out) {
  for (auto* line : {&main_, &next_}) {
    if (!*line) continue;
    out.push_back(CloseLine{(*line)->id});
    change(**line, LineState::kClosed, LineReason::kUnwanted, out);
    line->reset();
  }
  trouble_.reset();
}

void Seat::tick_main(MonoTime now, FeedActions& out) {
  if (main_->state == LineState::kConnecting) {
    if (now - main_->opened_at < options_.connect_timeout) return;
    out.push_back(CloseLine{main_->id});
    return lose_main(now, LineReason::kConnectTimeout, {}, {}, out);
  }
  if (now - main_->opened_at >= kLineAgeMax) {
    out.push_back(CloseLine{main_->id});
    return lose_main(now, LineReason::kAgeMax, {}, {}, out);
  }
  keep_up(*main_, now, out);
  look_for_trouble(now);
  replace_if_proven(now, out);
}

void Seat::tick_next(MonoTime now, FeedActions& out) {
  auto const drop = [&](LineReason reason) {
    out.push_back(CloseLine{next_->id});
    drop_next(now, reason, {}, out);
  };
  if (next_->state == LineState::kConnecting) {
    if (now - next_->opened_at >= options_.connect_timeout) drop(LineReason::kConnectTimeout);
    return;
  }
  if (next_->lacking_at && now - *next_->lacking_at >= options_.proving_max) {
    drop(LineReason::kNotProven);
  } else if (!overlap_.delivers() && now >= silent_until()) {
    drop(LineReason::kQuietMarket);
  } else if (next_->pinged_at && now - *next_->pinged_at >= options_.ping_timeout) {
    drop(LineReason::kPongTimeout);
  } else if (now - next_->frame_at >= options_.frame_silence_max) {
    drop(LineReason::kNoFrame);
  } else {
    keep_up(*next_, now, out);
    auto const settled_at = next_->subscriptions.settled_at();
    if (!overlap_.judging() && settled_at && now >= *settled_at) {
      overlap_.judge();
      compared_at_ = now;
    }
  }
}

void Seat::keep_up(Line& line, MonoTime now, FeedActions& out) {
  if (auto text = line.subscriptions.due(now, supply_.requests + 1)) {
    ++supply_.requests;
    out.push_back(SendText{line.id, *std::move(text)});
  }
  ping(line, now, out);
}

void Seat::look_for_trouble(MonoTime now) {
  if (K2_PLANTED(kIgnoreSilence)) {
    main_->frame_at = main_->data_at = now;
    main_->pinged_at.reset();
  }
  bool const deaf = main_->pinged_at && now - *main_->pinged_at >= options_.ping_timeout;
  bool const mute = now - main_->frame_at >= options_.frame_silence_max;
  if (deaf || mute) {
    if (deaf && (!trouble_ || !trouble_->dead)) ++supply_.counts.pong_timeouts;
    if (!trouble_) trouble_ = Trouble{deaf ? LineReason::kPongTimeout : LineReason::kNoFrame};
    trouble_->dead = true;
  } else if (!trouble_ && now - main_->data_at >= data_silence_) {
    data_silence_ = std::min<std::chrono::nanoseconds>(data_silence_ * 2, kQuietWaitMax);
    main_->data_at = now;  // the longer wait begins
    trouble_ = Trouble{LineReason::kNoData};
  } else if (!trouble_ && now >= main_->rotate_at) {
    trouble_ = Trouble{LineReason::kRotation};
  }
}

std::vector<Symbol> Seat::names() const {
  std::vector<Symbol> names;
  names.reserve(wanted_.size());
  for (Stream const& stream : wanted_) names.push_back(stream.symbol);
  return names;
}

Seat::Line Seat::make_line(MonoTime now, FeedActions& out) {
  supply_.budget.spend(now);
  ++supply_.counts.connects;
  std::chrono::nanoseconds const lifetime{
      std::min<std::chrono::nanoseconds>(options_.lifetime, kRotationAgeMax)};
  auto const early = std::chrono::duration_cast<std::chrono::nanoseconds>(
      lifetime * (kLifetimeJitter * rng_.unit()));
  Line line{.id = LineId{++supply_.lines_opened},
            .state = LineState::kConnecting,
            .opened_at = now,
            .frame_at = now,
            .data_at = now,
            .rotate_at = now + lifetime - early,
            .subscriptions = Subscriptions{place_.kind},
            .ping_at = now + options_.ping_interval};
  out.push_back(OpenLine{line.id, (place_.endpoint + failures_) % place_.endpoints,
                         line.subscriptions.begin(names()),
                         trouble_ ? trouble_->reason : LineReason::kNone});
  return line;
}

void Seat::on_opened(LineId id, MonoTime now, FeedActions& out) {
  Line* const line = find(id);
  if (line == nullptr) return;
  line->frame_at = line->data_at = now;
  line->subscriptions.opened(now);
  if (line == &*main_) resumed_ = true;
  change(*line, LineState::kProving, LineReason::kUpgraded, out);
}

void Seat::on_shutdown_announced(LineId line, MonoTime now, FeedActions& out) {
  if (next_ && next_->id == line) {
    out.push_back(CloseLine{line});
    drop_next(now, LineReason::kServerShutdown, {}, out);
  } else if (main_ && main_->id == line && (!trouble_ || !trouble_->dead)) {
    trouble_ = Trouble{LineReason::kServerShutdown};
  }
  tick(now, out);
}

void Seat::on_pong(LineId id) {
  if (Line* const line = find(id)) line->pinged_at.reset();
}

void Seat::on_answer(RequestAnswered const& answer, MonoTime now, FeedActions& out) {
  Line* const line = find(answer.line);
  if (line == nullptr) return;
  line->subscriptions.answered(static_cast<std::uint64_t>(answer.id), answer.refused, now);
  tick(now, out);
}

void Seat::on_stream_dead(SymbolIndex symbol, MonoTime now, FeedActions& out) {
  bool const ours = std::ranges::find(wanted_, symbol, &Stream::index) != wanted_.end();
  if (!ours || trouble_ || !main_ || main_->state != LineState::kLive) return;
  if (now < dead_stream_at_) return;
  // A stream that was requested only now had no time to deliver anything.
  auto const settled_at = main_->subscriptions.settled_at();
  if (!settled_at || now - *settled_at < kStreamStarts) return;
  // Long after the previous problem this is a new one, not the same one that persists.
  if (now - dead_stream_at_ >= kQuietWaitMax) dead_stream_wait_ = options_.data_silence;
  dead_stream_at_ = now + dead_stream_wait_;
  dead_stream_wait_ = std::min<std::chrono::nanoseconds>(dead_stream_wait_ * 2, kQuietWaitMax);
  trouble_ = Trouble{LineReason::kDeadStream};
  tick(now, out);
}

void Seat::ping(Line& line, MonoTime now, FeedActions& out) {
  if (now < line.ping_at) return;
  line.ping_at = now + options_.ping_interval;
  if (!line.pinged_at) line.pinged_at = now;
  ++supply_.counts.pings;
  out.push_back(SendPing{line.id});
}

void Seat::on_closed(LineClosed const& closed, MonoTime now, FeedActions& out) {
  auto const wait = wait_wanted(closed);
  // The exchange counts by address, not by connection.
  if (closed.error.code == Errc::kRateLimited && !K2_PLANTED(kPauseAlone)) {
    supply_.budget.block(now + wait);
  }
  if (next_ && next_->id == closed.line) {
    drop_next(now, LineReason::kError, closed.error.to_string(), out);
    open_at_ = std::max(open_at_, now + wait);
  } else if (main_ && main_->id == closed.line) {
    lose_main(now, LineReason::kError, closed.error.to_string(), wait, out);
  }
}

void Seat::lose_main(MonoTime now, LineReason reason, std::string detail,
                     std::chrono::nanoseconds at_least, FeedActions& out) {
  ++supply_.counts.losses;
  note_life(now);
  ++failures_;
  change(*main_, LineState::kClosed, reason, out, std::move(detail));
  main_.reset();
  trouble_.reset();
  if (next_) {
    main_ = std::exchange(next_, std::nullopt);
    if (main_->state != LineState::kConnecting) resumed_ = true;
    if (overlap_.delivers()) go_live(now, out);
    return;
  }
  auto const wait = std::max<std::chrono::nanoseconds>(backoff_.next(), at_least);
  open_at_ = allowed_at(now + wait);
}

/// A line that is about to go: was it sound? One that reached the age of its rotation was.
void Seat::note_life(MonoTime now) {
  bool const rotated = trouble_ && trouble_->reason == LineReason::kRotation;
  bool const held =
      main_->live_at && (K2_PLANTED(kForgiveFlapping) ||
                         now - *main_->live_at >= options_.backoff.base * kSoundAfterWaits);
  if (!rotated && !held) return;
  failures_ = 0;
  backoff_.reset();
}

void Seat::drop_next(MonoTime now, LineReason reason, std::string detail, FeedActions& out) {
  change(*next_, LineState::kClosed, reason, out, std::move(detail));
  next_.reset();
  if (reason == LineReason::kQuietMarket) {
    if (trouble_ && trouble_->reason == LineReason::kNoData) {
      trouble_.reset();  // silence is judged again after the longer wait
      return;
    }
    data_silence_ = std::min<std::chrono::nanoseconds>(data_silence_ * 2, kQuietWaitMax);
  }
  ++failures_;
  // Any other problem persists, and a successor is still needed.
  open_at_ = allowed_at(now + backoff_.next());
}

void Seat::frame_seen(LineId line, MonoTime now) noexcept {
  if (Line* const seen = find(line)) seen->frame_at = now;
}

void Seat::prove(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out) {
  Line* const seen = find(line);
  if (seen == nullptr) return;
  seen->data_at = now;
  // Late data of a symbol that was removed is no evidence for or against the successor.
  if (value(symbol) >= carries_.size() || !carries_[value(symbol)]) return;
  if (next_) {
    if (next_->id == line) {
      // A line that was silent gets its time to bring the same: then the market was.
      bool const silence = trouble_ && trouble_->reason == LineReason::kNoData;
      if (silence && !overlap_.delivers()) compared_at_ = now;
      overlap_.seen_on_new(symbol, id);
    } else {
      overlap_.seen_on_old(symbol, id);
      if (trouble_) trouble_->recovered = true;
    }
    watch_lack(now);
    replace_if_proven(now, out);
  } else if (seen->state == LineState::kProving) {
    go_live(now, out);
  }
}

void Seat::watch_lack(MonoTime now) {
  if (!overlap_.lacking()) {
    next_->lacking_at.reset();
  } else if (!next_->lacking_at) {
    next_->lacking_at = now;
  }
}

void Seat::replace_if_proven(MonoTime now, FeedActions& out) {
  if (!next_ || next_->state != LineState::kProving || !trouble_) return;
  // The successor of a dead connection replaces it as soon as it is open.
  bool const enough = overlap_.proven() && now - compared_at_ >= options_.overlap_min;
  if (!enough && !trouble_->dead && !K2_PLANTED(kCloseOldEarly)) return;
  // The market was silent, not the connection: that may happen again.
  bool const quiet = trouble_->reason == LineReason::kNoData && trouble_->recovered;
  auto const quiet_wait = data_silence_;
  note_life(now);
  replace(out);
  if (overlap_.delivers()) go_live(now, out);
  if (quiet) data_silence_ = quiet_wait;
}

void Seat::replace(FeedActions& out) {
  ++supply_.counts.replacements;
  if (trouble_->reason == LineReason::kRotation) ++supply_.counts.rotations;
  if (trouble_->dead) {
    ++supply_.counts.losses;
    resumed_ = true;
  }
  change(*main_, LineState::kDraining, trouble_->reason, out);
  out.push_back(CloseLine{main_->id});
  change(*main_, LineState::kClosed, LineReason::kReplaced, out);
  main_ = std::exchange(next_, std::nullopt);
  trouble_.reset();
}

void Seat::go_live(MonoTime now, FeedActions& out) {
  main_->data_at = now;
  main_->live_at = now;
  data_silence_ = options_.data_silence;
  change(*main_, LineState::kLive, LineReason::kData, out);
}

void Seat::change(Line& line, LineState to, LineReason reason, FeedActions& out,
                  std::string detail) {
  out.push_back(LineChanged{line.id, line.state, to, reason, std::move(detail)});
  line.state = to;
}

MonoTime Seat::next_deadline() const {
  if (wanted_.empty()) return main_ ? MonoTime::min() : MonoTime::max();
  bool const wanted = !main_ || (trouble_ && !next_);
  MonoTime due = wanted ? open_at_ : MonoTime::max();
  for (auto const* line : {&main_, &next_}) {
    if (!*line) continue;
    Line const& one = **line;
    due = std::min(due, one.state == LineState::kConnecting
                            ? one.opened_at + options_.connect_timeout
                            : std::min(one.ping_at, one.subscriptions.next_deadline()));
  }
  if (main_ && main_->state != LineState::kConnecting) due = std::min(due, trouble_deadline());
  if (next_ && next_->state != LineState::kConnecting) due = std::min(due, successor_deadline());
  return due;
}

/// The time at which the current connection may show a problem that it does not have yet.
MonoTime Seat::trouble_deadline() const {
  MonoTime due = main_->opened_at + kLineAgeMax;
  if (trouble_ && trouble_->dead) return due;
  due = std::min(due, main_->frame_at + options_.frame_silence_max);
  if (main_->pinged_at) due = std::min(due, *main_->pinged_at + options_.ping_timeout);
  if (trouble_) return due;
  return std::min({due, main_->data_at + data_silence_, main_->rotate_at});
}

/// The time until which a successor may be as silent as the connection that it is to replace. It is
/// no worse than that one while nothing is traded, but the streams of both may be dead: another
/// successor is tried, after a longer wait each time.
MonoTime Seat::silent_until() const {
  bool const silence_is_the_trouble = trouble_ && trouble_->reason == LineReason::kNoData;
  return next_->opened_at + (silence_is_the_trouble
                                 ? options_.proving_max
                                 : std::max(options_.proving_max, data_silence_));
}

/// The time at which the successor may be accepted or rejected.
MonoTime Seat::successor_deadline() const {
  Line const& line = *next_;
  MonoTime due = line.frame_at + options_.frame_silence_max;
  if (line.pinged_at) due = std::min(due, *line.pinged_at + options_.ping_timeout);
  if (line.lacking_at) due = std::min(due, *line.lacking_at + options_.proving_max);
  if (!overlap_.delivers()) due = std::min(due, silent_until());
  if (!overlap_.judging()) {
    if (auto const settled_at = line.subscriptions.settled_at()) due = std::min(due, *settled_at);
  } else if (overlap_.proven()) {
    due = std::min(due, compared_at_ + options_.overlap_min);
  }
  return due;
}

std::optional<LineState> Seat::state() const {
  if (!main_) return std::nullopt;
  return main_->state;
}

void Seat::view(std::vector<LineView>& out) const {
  for (auto const* line : {&main_, &next_}) {
    if (!*line) continue;
    out.push_back({.id = (*line)->id,
                   .kind = place_.kind,
                   .state = (*line)->state,
                   .successor = line == &next_,
                   .streams = wanted_.size(),
                   .opened_at = (*line)->opened_at,
                   .data_at = (*line)->data_at,
                   .rotate_at = (*line)->rotate_at});
  }
}

std::optional<MonoTime> Seat::reopens_at() const {
  if (main_ || wanted_.empty()) return std::nullopt;
  return open_at_;
}

}  // namespace k2::feed
