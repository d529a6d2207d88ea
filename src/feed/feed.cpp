#include "feed/feed.hpp"

#include "core/assert.hpp"
#include "feed/endpoint.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace k2::feed {
namespace {

/// How long a refusal by region or firewall is waited out at least. Chosen: it is no passing
/// trouble, and hot loops against it lengthen bans.
constexpr std::chrono::minutes kRefusedWait{5};
/// Used when 429 or 418 came without Retry-After. Chosen: the window of the limits is a minute.
constexpr std::chrono::minutes kRateLimitedWait{1};
/// Lines are rotated up to this part of their lifetime early, so that many do not turn together.
constexpr double kLifetimeJitter = 0.1;

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

std::chrono::nanoseconds wait_wanted(LineClosed const& closed) {
  if (closed.error.code == Errc::kRefusedByRegion) return kRefusedWait;
  if (closed.error.code != Errc::kRateLimited) return {};
  return closed.retry_after.value_or(kRateLimitedWait);
}

}  // namespace

std::string_view line_state_name(LineState state) noexcept {
  switch (state) {
    case LineState::kConnecting:
      return "connecting";
    case LineState::kProving:
      return "proving";
    case LineState::kLive:
      return "live";
    case LineState::kDraining:
      return "draining";
    case LineState::kClosed:
      return "closed";
  }
  return "unknown";
}

Feed::Feed(FeedOptions options, Rng rng)
    : options_(std::move(options)),
      rng_(Rng{rng.next()}),
      backoff_(options_.backoff, Rng{rng.next()}),
      budget_(kConnectsPerWindow, kConnectWindow),
      overlap_(options_.symbols.size()),
      data_silence_(options_.data_silence) {
  K2_ASSERT(!options_.symbols.empty());
  K2_ASSERT(options_.symbols.size() <= kStreamsPerLineMax);
  K2_ASSERT(options_.endpoints > 0);
}

void Feed::on(FeedEvent const& event, MonoTime now, FeedActions& out) {
  std::visit(Overloaded{[&](LineOpened const& opened) {
                          if (Line* const line = find(opened.line)) on_opened(*line, now, out);
                        },
                        [&](LineClosed const& closed) { on_closed(closed, now, out); },
                        [&](LineShutdownAnnounced const& announced) {
                          if (next_ && next_->id == announced.line) {
                            drop_next(now, "server_shutdown", out);
                          } else if (main_ && main_->id == announced.line && !trouble_) {
                            trouble_ = Trouble{"server_shutdown"};
                          }
                          tick(now, out);
                        },
                        [&](PongSeen const& pong) {
                          if (Line* const line = find(pong.line)) line->pinged_at.reset();
                        },
                        [&](FeedTick const&) { tick(now, out); }},
             event);
}

Feed::Line* Feed::find(LineId id) noexcept {
  if (main_ && main_->id == id) return &*main_;
  if (next_ && next_->id == id) return &*next_;
  return nullptr;
}

void Feed::tick(MonoTime now, FeedActions& out) {
  if (next_) tick_next(now, out);
  if (main_) tick_main(now, out);
  bool const wanted = !main_ || (trouble_ && !next_);
  if (!wanted) return;
  open_at_ = std::max(open_at_, budget_.free_at(now));
  if (now < open_at_) return;
  if (!main_) {
    main_ = make_line(now, out);
  } else {
    overlap_.begin();
    next_ = make_line(now, out);
  }
}

void Feed::tick_main(MonoTime now, FeedActions& out) {
  if (main_->state == LineState::kConnecting) {
    if (now - main_->opened_at < options_.connect_timeout) return;
    out.push_back(CloseLine{main_->id});
    lose_main(now, "connect_timeout", {}, out);
    return;
  }
  if (now - main_->opened_at >= kLineAgeMax) {
    out.push_back(CloseLine{main_->id});
    lose_main(now, "age_max", {}, out);
    return;
  }
  keep_up(*main_, now, out);
  look_for_trouble(now);
  replace_if_proven(now, out);
}

void Feed::tick_next(MonoTime now, FeedActions& out) {
  bool const connecting = next_->state == LineState::kConnecting;
  auto const age = now - next_->opened_at;
  if (connecting && age >= options_.connect_timeout) {
    out.push_back(CloseLine{next_->id});
    drop_next(now, "connect_timeout", out);
  } else if (age >= options_.proving_max) {
    out.push_back(CloseLine{next_->id});
    drop_next(now, "not_proven", out);
  } else if (!connecting) {
    keep_up(*next_, now, out);
  }
}

void Feed::keep_up(Line& line, MonoTime now, FeedActions& out) {
  subscribe(line, now, out);
  ping(line, now, out);
}

void Feed::look_for_trouble(MonoTime now) {
  bool const deaf = main_->pinged_at && now - *main_->pinged_at >= options_.ping_timeout;
  bool const mute = now - main_->frame_at >= options_.frame_silence_max;
  if (deaf || mute) {
    if (deaf && (!trouble_ || !trouble_->dead)) ++counts_.pong_timeouts;
    if (!trouble_) trouble_ = Trouble{deaf ? "pong_timeout" : "no_frame"};
    trouble_->dead = true;
  } else if (!trouble_ && now - main_->data_at >= data_silence_) {
    data_silence_ = std::min<std::chrono::nanoseconds>(data_silence_ * 2, kQuietWaitMax);
    main_->data_at = now;  // the longer wait begins
    trouble_ = Trouble{"no_data"};
  } else if (!trouble_ && now >= main_->rotate_at) {
    trouble_ = Trouble{"rotation"};
  }
}

Feed::Line Feed::make_line(MonoTime now, FeedActions& out) {
  budget_.spend(now);
  LineId const id{++lines_opened_};
  std::size_t const in_target = std::min(options_.symbols.size(), kStreamsPerRequest);
  out.push_back(OpenLine{id, (lines_opened_ - 1) % options_.endpoints,
                         stream_target(std::span{options_.symbols}.first(in_target)),
                         trouble_ ? trouble_->reason : "none"});
  auto const early = std::chrono::duration_cast<std::chrono::nanoseconds>(
      options_.lifetime * (kLifetimeJitter * rng_.unit()));
  return Line{.id = id,
              .state = LineState::kConnecting,
              .opened_at = now,
              .frame_at = now,
              .data_at = now,
              .rotate_at = now + options_.lifetime - early,
              .subscribed = in_target,
              .subscribe_at = now,
              .ping_at = now + options_.ping_interval,
              .pinged_at = {}};
}

void Feed::on_opened(Line& line, MonoTime now, FeedActions& out) {
  line.frame_at = line.data_at = now;
  line.subscribe_at = now + kSubscribeSpacing;
  change(line, LineState::kProving, "upgraded", out);
}

void Feed::subscribe(Line& line, MonoTime now, FeedActions& out) {
  if (line.subscribed >= options_.symbols.size() || now < line.subscribe_at) return;
  std::size_t const count = std::min(options_.symbols.size() - line.subscribed, kStreamsPerRequest);
  auto const symbols = std::span{options_.symbols}.subspan(line.subscribed, count);
  out.push_back(SendText{line.id, subscribe_request(symbols, ++requests_)});
  line.subscribed += count;
  line.subscribe_at = now + kSubscribeSpacing;
}

void Feed::ping(Line& line, MonoTime now, FeedActions& out) {
  if (now < line.ping_at) return;
  line.ping_at = now + options_.ping_interval;
  if (!line.pinged_at) line.pinged_at = now;
  ++counts_.pings;
  out.push_back(SendPing{line.id});
}

void Feed::on_closed(LineClosed const& closed, MonoTime now, FeedActions& out) {
  auto const wait = wait_wanted(closed);
  if (next_ && next_->id == closed.line) {
    drop_next(now, closed.error.to_string(), out);
    open_at_ = std::max(open_at_, now + wait);
  } else if (main_ && main_->id == closed.line) {
    lose_main(now, closed.error.to_string(), wait, out);
  }
}

void Feed::lose_main(MonoTime now, std::string reason, std::chrono::nanoseconds at_least,
                     FeedActions& out) {
  ++counts_.losses;
  change(*main_, LineState::kClosed, std::move(reason), out);
  main_.reset();
  trouble_.reset();
  if (next_) {
    main_ = std::exchange(next_, std::nullopt);
    if (overlap_.delivers()) go_live(now, out);
    return;
  }
  auto const wait = std::max<std::chrono::nanoseconds>(backoff_.next(), at_least);
  open_at_ = budget_.free_at(now + wait);
}

void Feed::drop_next(MonoTime now, std::string reason, FeedActions& out) {
  change(*next_, LineState::kClosed, std::move(reason), out);
  next_.reset();
  // Silence is looked at anew; every other trouble stays, and so does the wish for a successor.
  if (trouble_ && trouble_->reason == "no_data") trouble_.reset();
  open_at_ = budget_.free_at(now + backoff_.next());
}

void Feed::frame_seen(LineId line, MonoTime now) noexcept {
  if (Line* const seen = find(line)) seen->frame_at = now;
}

void Feed::prove(LineId line, SymbolIndex symbol, TradeId id, MonoTime now, FeedActions& out) {
  Line* const seen = find(line);
  if (seen == nullptr) return;
  seen->data_at = now;
  if (next_) {
    if (next_->id == line) {
      overlap_.seen_on_new(symbol, id);
    } else {
      overlap_.seen_on_old(symbol, id);
    }
    replace_if_proven(now, out);
  } else if (seen->state == LineState::kProving) {
    go_live(now, out);
  }
}

void Feed::replace_if_proven(MonoTime now, FeedActions& out) {
  if (!next_ || next_->state != LineState::kProving || !trouble_) return;
  // A dead line's successor is better than it as soon as it stands.
  bool const enough = now - next_->opened_at >= options_.overlap_min && overlap_.proven();
  if (!enough && !trouble_->dead) return;
  replace(out);
  if (overlap_.delivers()) go_live(now, out);
}

void Feed::replace(FeedActions& out) {
  ++counts_.replacements;
  if (trouble_->reason == "rotation") ++counts_.rotations;
  if (trouble_->dead) ++counts_.losses;
  change(*main_, LineState::kDraining, trouble_->reason, out);
  out.push_back(CloseLine{main_->id});
  change(*main_, LineState::kClosed, "replaced", out);
  main_ = std::exchange(next_, std::nullopt);
  trouble_.reset();
}

void Feed::go_live(MonoTime now, FeedActions& out) {
  main_->data_at = now;
  data_silence_ = options_.data_silence;
  backoff_.reset();
  change(*main_, LineState::kLive, "data", out);
}

void Feed::change(Line& line, LineState to, std::string reason, FeedActions& out) {
  out.push_back(LineChanged{line.id, line.state, to, std::move(reason)});
  line.state = to;
}

MonoTime Feed::next_deadline() const {
  bool const wanted = !main_ || (trouble_ && !next_);
  MonoTime due = wanted ? open_at_ : MonoTime::max();
  for (auto const* line : {&main_, &next_}) {
    if (!*line) continue;
    Line const& one = **line;
    if (one.state == LineState::kConnecting) {
      due = std::min(due, one.opened_at + options_.connect_timeout);
      continue;
    }
    due = std::min(due, one.ping_at);
    if (one.subscribed < options_.symbols.size()) due = std::min(due, one.subscribe_at);
  }
  if (main_ && main_->state != LineState::kConnecting) due = std::min(due, trouble_deadline());
  if (next_) {
    due = std::min(due, next_->opened_at + options_.proving_max);
    bool const early = next_->state == LineState::kProving && overlap_.proven();
    if (early) due = std::min(due, next_->opened_at + options_.overlap_min);
  }
  return due;
}

/// When the line that stands may get into a trouble that it is not in yet.
MonoTime Feed::trouble_deadline() const {
  MonoTime due = main_->opened_at + kLineAgeMax;
  if (trouble_ && trouble_->dead) return due;
  due = std::min(due, main_->frame_at + options_.frame_silence_max);
  if (main_->pinged_at) due = std::min(due, *main_->pinged_at + options_.ping_timeout);
  if (trouble_) return due;
  return std::min({due, main_->data_at + data_silence_, main_->rotate_at});
}

std::optional<LineState> Feed::state() const {
  if (!main_) return std::nullopt;
  return main_->state;
}

}  // namespace k2::feed
