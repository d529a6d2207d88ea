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

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

std::string_view line_state_name(LineState state) noexcept {
  switch (state) {
    case LineState::kConnecting:
      return "connecting";
    case LineState::kProving:
      return "proving";
    case LineState::kLive:
      return "live";
    case LineState::kClosed:
      return "closed";
  }
  return "unknown";
}

Feed::Feed(FeedOptions options, Rng rng)
    : options_(std::move(options)),
      backoff_(options_.backoff, rng),
      budget_(kConnectsPerWindow, kConnectWindow),
      data_silence_(options_.data_silence) {
  K2_ASSERT(!options_.symbols.empty());
  K2_ASSERT(options_.symbols.size() <= kStreamsPerLineMax);
  K2_ASSERT(options_.endpoints > 0);
}

void Feed::on(FeedEvent const& event, MonoTime now, FeedActions& out) {
  std::visit(Overloaded{[&](LineOpened const& opened) {
                          if (line_ && line_->id == opened.line) on_opened(now, out);
                        },
                        [&](LineClosed const& closed) { on_closed(closed, now, out); },
                        [&](LineShutdownAnnounced const& announced) {
                          if (!line_ || line_->id != announced.line) return;
                          out.push_back(CloseLine{line_->id});
                          lose(now, "server_shutdown", {}, out);
                          tick(now, out);
                        },
                        [&](FeedTick const&) { tick(now, out); }},
             event);
}

void Feed::tick(MonoTime now, FeedActions& out) {
  if (!line_) {
    if (now >= open_at_) open(now, out);
    return;
  }
  if (line_->state == LineState::kConnecting) {
    if (now - line_->opened_at >= options_.connect_timeout) {
      out.push_back(CloseLine{line_->id});
      lose(now, "connect_timeout", {}, out);
    }
    return;
  }
  if (now - line_->frame_at >= options_.frame_silence_max) {
    out.push_back(CloseLine{line_->id});
    lose(now, "no_frame", {}, out);
    tick(now, out);
    return;
  }
  if (now - line_->data_at >= data_silence_) {
    data_silence_ = std::min<std::chrono::nanoseconds>(data_silence_ * 2, kQuietWaitMax);
    out.push_back(CloseLine{line_->id});
    lose(now, "no_data", {}, out);
    tick(now, out);
    return;
  }
  subscribe(now, out);
}

void Feed::open(MonoTime now, FeedActions& out) {
  budget_.spend(now);
  LineId const id{++lines_opened_};
  std::size_t const in_target = std::min(options_.symbols.size(), kStreamsPerRequest);
  line_ = Line{.id = id,
               .state = LineState::kConnecting,
               .opened_at = now,
               .frame_at = now,
               .data_at = now,
               .subscribed = in_target,
               .subscribe_at = now};
  out.push_back(OpenLine{id, (lines_opened_ - 1) % options_.endpoints,
                         stream_target(std::span{options_.symbols}.first(in_target))});
}

void Feed::on_opened(MonoTime now, FeedActions& out) {
  line_->frame_at = line_->data_at = now;
  line_->subscribe_at = now + kSubscribeSpacing;
  change(LineState::kProving, "upgraded", out);
}

void Feed::subscribe(MonoTime now, FeedActions& out) {
  if (line_->subscribed >= options_.symbols.size() || now < line_->subscribe_at) return;
  std::size_t const count =
      std::min(options_.symbols.size() - line_->subscribed, kStreamsPerRequest);
  out.push_back(SendText{
      line_->id, subscribe_request(std::span{options_.symbols}.subspan(line_->subscribed, count),
                                   ++requests_)});
  line_->subscribed += count;
  line_->subscribe_at = now + kSubscribeSpacing;
}

void Feed::on_closed(LineClosed const& closed, MonoTime now, FeedActions& out) {
  if (!line_ || line_->id != closed.line) return;
  std::chrono::nanoseconds at_least{0};
  if (closed.error.code == Errc::kRefusedByRegion) at_least = kRefusedWait;
  if (closed.error.code == Errc::kRateLimited) {
    at_least = closed.retry_after.value_or(kRateLimitedWait);
  }
  lose(now, closed.error.to_string(), at_least, out);
}

void Feed::lose(MonoTime now, std::string reason, std::chrono::nanoseconds at_least,
                FeedActions& out) {
  ++losses_;
  change(LineState::kClosed, std::move(reason), out);
  line_.reset();
  auto const wait = std::max<std::chrono::nanoseconds>(backoff_.next(), at_least);
  open_at_ = budget_.free_at(now + wait);
}

void Feed::frame_seen(LineId line, MonoTime now) noexcept {
  if (line_ && line_->id == line) line_->frame_at = now;
}

void Feed::first_data(LineId line, MonoTime now, FeedActions& out) {
  if (!line_ || line_->id != line || line_->state != LineState::kProving) return;
  line_->frame_at = line_->data_at = now;
  data_silence_ = options_.data_silence;
  backoff_.reset();
  change(LineState::kLive, "data", out);
}

void Feed::change(LineState to, std::string reason, FeedActions& out) {
  out.push_back(LineChanged{line_->id, line_->state, to, std::move(reason)});
  line_->state = to;
}

MonoTime Feed::next_deadline() const {
  if (!line_) return open_at_;
  if (line_->state == LineState::kConnecting) return line_->opened_at + options_.connect_timeout;
  MonoTime deadline =
      std::min(line_->frame_at + options_.frame_silence_max, line_->data_at + data_silence_);
  if (line_->subscribed < options_.symbols.size()) {
    deadline = std::min(deadline, line_->subscribe_at);
  }
  return deadline;
}

std::optional<LineState> Feed::state() const {
  if (!line_) return std::nullopt;
  return line_->state;
}

}  // namespace k2::feed
