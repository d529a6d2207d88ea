#include "feed/feed.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace k2::feed {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// The number of groups into which so many streams are divided evenly.
std::size_t groups_for(std::size_t streams, std::size_t per_line) {
  return std::max<std::size_t>(1, (streams + per_line - 1) / per_line);
}

}  // namespace

Feed::Feed(FeedOptions options, Rng rng)
    : options_(std::move(options)),
      rng_(rng),
      supply_{.budget = ConnectBudget{options_.connects_per_window, kConnectWindow}},
      race_(options_.lines > 1 ? options_.lines : 0) {
  K2_ASSERT(options_.endpoints > 0);
  K2_ASSERT(options_.lines > 0);
  std::size_t const groups = groups_for(options_.symbols.size(), options_.streams_per_line);
  for (std::size_t group = 0; group < groups; ++group) open_group(StreamKind::kTrade);
  if (options_.audit) {
    for (std::size_t group = 0; group < groups; ++group) open_group(StreamKind::kKline1m);
  }
  auto const symbols = std::exchange(options_.symbols, {});
  for (std::size_t at = 0; at < symbols.size(); ++at) {
    add_symbol(static_cast<SymbolIndex>(at), symbols[at]);
  }
}

void Feed::open_group(StreamKind kind) {
  Group group{kind, {}};
  std::size_t const lines = kind == StreamKind::kTrade ? options_.lines : 1;
  for (std::size_t line = 0; line < lines; ++line) {
    group.seats.push_back(std::make_unique<Seat>(
        options_.line, supply_,
        SeatPlace{
            .kind = kind, .endpoint = line % options_.endpoints, .endpoints = options_.endpoints},
        Rng{rng_.next()}));
  }
  groups_.push_back(std::move(group));
  seats_.clear();
  for (StreamKind const each : {StreamKind::kTrade, StreamKind::kKline1m}) {
    for (Group const& one : groups_) {
      if (one.kind != each) continue;
      for (auto const& seat : one.seats) seats_.push_back(seat.get());
    }
  }
}

Feed::Group& Feed::group_with_room(StreamKind kind) {
  auto const emptiest = [&] {
    Group* best = nullptr;
    for (Group& group : groups_) {
      if (group.kind != kind) continue;
      if (!best || group.seats[0]->streams() < best->seats[0]->streams()) best = &group;
    }
    return best;
  };
  if (emptiest()->seats[0]->streams() >= options_.streams_per_line) open_group(kind);
  return *emptiest();
}

void Feed::carry(StreamKind kind, SymbolIndex index, Symbol const& symbol) {
  for (auto const& seat : group_with_room(kind).seats) seat->add(index, symbol);
}

void Feed::add_symbol(SymbolIndex index, Symbol const& symbol) {
  carry(StreamKind::kTrade, index, symbol);
  if (options_.audit) carry(StreamKind::kKline1m, index, symbol);
}

void Feed::remove_symbol(SymbolIndex index) {
  for (Seat* const seat : seats_) seat->remove(index);
}

void Feed::on(FeedEvent const& event, MonoTime now, FeedActions& out) {
  std::visit(Overloaded{[&](LineOpened const& opened) {
                          if (Seat* const seat = seat_of(opened.line)) {
                            seat->on_opened(opened.line, now, out);
                          }
                        },
                        [&](LineClosed const& closed) {
                          if (Seat* const seat = seat_of(closed.line)) {
                            seat->on_closed(closed, now, out);
                          }
                        },
                        [&](LineShutdownAnnounced const& announced) {
                          if (Seat* const seat = seat_of(announced.line)) {
                            seat->on_shutdown_announced(announced.line, now, out);
                          }
                        },
                        [&](PongSeen const& pong) {
                          if (Seat* const seat = seat_of(pong.line)) seat->on_pong(pong.line);
                        },
                        [&](RequestAnswered const& answer) {
                          if (Seat* const seat = seat_of(answer.line)) {
                            seat->on_answer(answer, now, out);
                          }
                        },
                        [&](StreamDead const& dead) { stream_dead(dead.symbol, now, out); },
                        [&](FeedTick const&) { tick(now, out); }},
             event);
}

void Feed::tick(MonoTime now, FeedActions& out) {
  for (Group const& group : groups_) {
    if (group.kind == StreamKind::kKline1m && !audit_may_start()) continue;
    for (auto const& seat : group.seats) seat->tick(now, out);
  }
}

void Feed::stream_dead(SymbolIndex symbol, MonoTime now, FeedActions& out) {
  for (Group const& group : groups_) {
    if (group.kind != StreamKind::kTrade) continue;
    for (auto const& seat : group.seats) seat->on_stream_dead(symbol, now, out);
  }
}

/// The tape comes first: what is compared with it may wait.
bool Feed::audit_may_start() const {
  return live() > 0 || seats_.back()->state().has_value();
}

void Feed::candle_seen(LineId line, SymbolIndex symbol, UtcTime open_at, MonoTime now,
                       FeedActions& out) {
  Seat* const seat = seat_of(line);
  if (seat == nullptr) return;
  auto const minute = std::chrono::floor<std::chrono::minutes>(open_at).time_since_epoch().count();
  seat->data_seen(line, symbol, TradeId{static_cast<std::uint64_t>(minute)}, now, out);
}

bool Feed::take_resumed() {
  bool missed = false;
  for (Group const& group : groups_) {
    for (auto const& seat : group.seats) {
      if (!seat->take_resumed() || group.kind != StreamKind::kTrade) continue;
      missed = missed || std::ranges::none_of(group.seats, [&](auto const& other) {
                 return other != seat && other->state() == LineState::kLive;
               });
    }
  }
  return missed;
}

std::size_t Feed::place_of(Seat const& seat) const noexcept {
  for (Group const& group : groups_) {
    for (std::size_t place = 0; place < group.seats.size(); ++place) {
      if (group.seats[place].get() == &seat) return place;
    }
  }
  return 0;
}

MonoTime Feed::next_deadline() const {
  MonoTime due = MonoTime::max();
  bool const audit = options_.audit && audit_may_start();
  for (Group const& group : groups_) {
    if (group.kind == StreamKind::kKline1m && !audit) continue;
    for (auto const& seat : group.seats) due = std::min(due, seat->next_deadline());
  }
  return due;
}

std::optional<LineState> Feed::state() const {
  std::optional<LineState> worst = LineState::kLive;
  for (Group const& group : groups_) {
    if (group.kind != StreamKind::kTrade) continue;
    for (auto const& seat : group.seats) {
      if (seat->streams() > 0) worst = std::min(worst, seat->state());
    }
  }
  return worst;
}

std::size_t Feed::live() const {
  std::size_t count = 0;
  for (Group const& group : groups_) {
    if (group.kind != StreamKind::kTrade) continue;
    for (auto const& seat : group.seats) count += seat->state() == LineState::kLive ? 1U : 0U;
  }
  return count;
}

std::vector<LineView> Feed::lines() const {
  std::vector<LineView> views;
  for (StreamKind const kind : {StreamKind::kTrade, StreamKind::kKline1m}) {
    std::size_t seats = 0;
    for (Group const& group : groups_) {
      if (group.kind != kind) continue;
      for (auto const& seat : group.seats) {
        std::size_t const first = views.size();
        seat->view(views);
        for (std::size_t at = first; at < views.size(); ++at) views[at].seat = seats;
        ++seats;
      }
    }
  }
  return views;
}

std::optional<MonoTime> Feed::reopens_at() const {
  std::optional<MonoTime> first;
  for (Group const& group : groups_) {
    if (group.kind != StreamKind::kTrade) continue;
    for (auto const& seat : group.seats) {
      auto const at = seat->reopens_at();
      if (at && (!first || *at < *first)) first = at;
    }
  }
  return first;
}

}  // namespace k2::feed
