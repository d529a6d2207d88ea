#include "io/shard.hpp"

#include "feed/rest_requests.hpp"
#include "io/clock.hpp"
#include "io/log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace k2::io {
namespace {

feed::FeedOptions feed_options(ShardOptions const& options) {
  feed::FeedOptions made = options.feed;
  made.endpoints = options.stream_endpoints.size();
  for (ShardSymbol const& symbol : options.symbols) made.symbols.push_back(symbol.symbol);
  return made;
}

HttpsClientOptions with_time_unit(HttpsClientOptions options) {
  options.headers.emplace_back(feed::kTimeUnitHeader);
  return options;
}

double seconds_of(std::chrono::nanoseconds span) {
  return std::chrono::duration<double>{span}.count();
}

}  // namespace

Shard::Shard(boost::asio::io_context& io, ShardOptions options, JournalThread& journal)
    : io_(io),
      options_(std::move(options)),
      tls_(make_tls_client(options_.tls).value()),
      rng_(options_.seed),
      feed_(feed_options(options_), Rng{rng_.next()}),
      decoder_(symbols_),
      continuity_(options_.continuity),
      writer_(journal, options_.next_sequence, options_.block_delay),
      rest_(io, with_time_unit(options_.rest)),
      timer_(io) {
  Now const now = read_clock();
  for (ShardSymbol const& symbol : options_.symbols) {
    SymbolIndex const index = symbols_.add(symbol.symbol);
    continuity_.add_symbol(index, symbol.position, symbol.open_gaps, now.mono);
    writer_.add_symbol(index, symbol.symbol, symbol.currency);
  }
}

Shard::~Shard() {
  for (auto const& [id, line] : lines_) line->close();
}

void Shard::start() {
  feed_event(feed::FeedTick{});
}

bool Shard::stop() {
  if (!stopped_) {
    stopped_ = true;
    timer_.cancel();
    for (auto const& [id, line] : lines_) line->close();
    lines_.clear();
  }
  return writer_.flush_all();
}

void Shard::on_text(LineId line, std::string_view frame, Now const& received) {
  Trade trade;
  Error why;
  feed::FrameKind const kind = decoder_.decode(frame, received.utc, trade, &why);
  if (kind == feed::FrameKind::kTrade) [[likely]] {
    continuity_.on_trade(trade, received.mono);
    feed_.trade_seen(line, trade.symbol, trade.id, received.mono, feed_actions_);
    return;
  }
  if (kind == feed::FrameKind::kServerShutdown) {
    feed_event(feed::LineShutdownAnnounced{line});
  } else {
    on_bad_frame(kind, frame, why, received);
  }
}

void Shard::on_bad_frame(feed::FrameKind kind, std::string_view frame, Error const& why,
                         Now const& received) {
  switch (kind) {
    case feed::FrameKind::kBadTrade:
    case feed::FrameKind::kNotJson:
    case feed::FrameKind::kUnknownSymbol:
      writer_.add_dead_letter({.received_at = received.utc,
                               .reason = std::string{errc_name(why.code)},
                               .detail = why.detail,
                               .bytes = std::string{frame.substr(0, kLineMessageBytesMax)}},
                              received.mono);
      log_event_limited(LogLevel::kWarn, "frame.refused", feed::frame_kind_name(kind),
                        {{"kind", feed::frame_kind_name(kind)}, {"why", why.to_string()}});
      break;
    case feed::FrameKind::kReplyError:
      log_event(LogLevel::kWarn, "line.request_refused", {{"why", why.to_string()}});
      break;
    default:
      break;  // the decoder counts every kind
  }
}

void Shard::on_batch_end(LineId line, Now const& received) {
  feed_.frame_seen(line, received.mono);
  if (!feed_actions_.empty()) perform_feed();
  settle(received);
}

void Shard::settle(Now const& now) {
  auto& accepted = continuity_.accepted();
  if (!accepted.empty()) {
    last_trade_lag_ = accepted.back().received_at - accepted.back().traded_at;
  }
  if (continuity_.gap_pieces().empty()) {
    for (Trade const& trade : accepted) writer_.append(trade, now.mono);
  } else {
    writer_.append_with_gaps(accepted, take_gaps());
  }
  accepted.clear();
  if (!continuity_.hole_changes().empty()) log_holes();
  writer_.flush(now.mono);
  admit(writer_.admits());
  arm_timer();
}

void Shard::admit(bool open) {
  continuity_.set_admission(open);
  if (open == admitting_) return;
  admitting_ = open;
  log_event(open ? LogLevel::kInfo : LogLevel::kError, open ? "tape.resumed" : "tape.paused",
            {{"forgotten", continuity_.counts().forgotten}});
}

std::vector<sink::DeclaredGap> Shard::take_gaps() {
  std::vector<sink::DeclaredGap> gaps;
  for (flow::GapPiece const& piece : continuity_.gap_pieces()) {
    std::string const& symbol = symbols_[piece.symbol].text();
    gaps.push_back({.symbol = symbol,
                    .ids = piece.range,
                    .why = "not to be had within gap_patience_seconds",
                    .state = piece.state,
                    .declared_at = piece.at});
    log_event(piece.state == GapState::kOpen ? LogLevel::kError : LogLevel::kInfo, "gap.declared",
              {{"symbol", symbol},
               {"first", value(piece.range.first)},
               {"last", value(piece.range.last)},
               {"state", gap_state_name(piece.state)}});
  }
  continuity_.gap_pieces().clear();
  return gaps;
}

void Shard::log_holes() {
  for (flow::HoleChange const& change : continuity_.hole_changes()) {
    std::string_view const event = change.closed ? "gap.closed" : "gap.found";
    log_event(LogLevel::kInfo, event,
              {{"symbol", symbols_[change.symbol].text()},
               {"first", value(change.missing.first)},
               {"last", value(change.missing.last)},
               {"age_s", seconds_of(change.age)}});
  }
  continuity_.hole_changes().clear();
}

void Shard::feed_event(feed::FeedEvent const& event) {
  feed_.on(event, read_clock().mono, feed_actions_);
  perform_feed();
  arm_timer();
}

void Shard::perform_feed() {
  // Performing an action may bring events, and with them more actions.
  while (!feed_actions_.empty()) {
    auto const actions = std::exchange(feed_actions_, {});
    for (feed::FeedAction const& action : actions) {
      std::visit([this](auto const& one) { perform(one); }, action);
    }
  }
}

void Shard::perform(feed::OpenLine const& action) {
  feed::Endpoint const& endpoint = options_.stream_endpoints[action.endpoint];
  LineId const id = action.line;
  if (action.why == "rotation") {
    log_event(LogLevel::kInfo, "binance_connection_rotation_triggered", {{"line", value(id)}});
  }
  log_event(LogLevel::kInfo, "line.connecting",
            {{"line", value(id)}, {"endpoint", endpoint.to_string()}, {"replaces", action.why}});
  lines_[id] = WsLine::open(
      io_, endpoint, action.target, tls_.get(),
      std::chrono::duration_cast<std::chrono::milliseconds>(feed::kConnectTimeout),
      Rng{rng_.next()},
      {.on_open = [this, id] { on_line_open(id); },
       .on_text = [this, id](std::string_view frame,
                             Now const& received) { on_text(id, frame, received); },
       .on_pong = [this, id] { feed_event(feed::PongSeen{id}); },
       .on_batch_end = [this, id](Now const& received) { on_batch_end(id, received); },
       .on_close =
           [this, id](Error const& error, std::optional<std::chrono::seconds> retry_after) {
             lines_.erase(id);
             feed_event(feed::LineClosed{id, error, retry_after});
           }});
}

void Shard::on_line_open(LineId line) {
  log_event(LogLevel::kInfo, "line.upgraded",
            {{"line", value(line)}, {"peer", lines_.at(line)->description()}});
  if (feed_.state() != feed::LineState::kLive) continuity_.on_line_up(read_clock().mono);
  feed_event(feed::LineOpened{line});
}

void Shard::perform(feed::SendText const& action) {
  if (auto const found = lines_.find(action.line); found != lines_.end()) {
    found->second->send_text(action.text);
  }
}

void Shard::perform(feed::SendPing const& action) {
  if (auto const found = lines_.find(action.line); found != lines_.end()) {
    found->second->send_ping();
  }
}

void Shard::perform(feed::CloseLine const& action) {
  auto const found = lines_.find(action.line);
  if (found == lines_.end()) return;
  found->second->close();
  lines_.erase(found);
}

void Shard::perform(feed::LineChanged const& action) {
  bool const lost = action.to == feed::LineState::kClosed && action.reason != "replaced";
  log_event(lost ? LogLevel::kWarn : LogLevel::kInfo, "line.changed",
            {{"line", value(action.line)},
             {"from", feed::line_state_name(action.from)},
             {"to", feed::line_state_name(action.to)},
             {"reason", action.reason}});
}

void Shard::request(flow::RestRequest const& wanted) {
  Symbol const& symbol = symbols_[wanted.symbol];
  std::string target =
      wanted.source == flow::RestSource::kRecent
          ? feed::trades_target(symbol, feed::kTradesPerReply)
          : feed::historical_trades_target(symbol, wanted.from, feed::kTradesPerReply);
  rest_.get(std::move(target), [this, wanted](Result<HttpReply> reply) {
    if (!stopped_) on_reply(wanted, std::move(reply));
  });
}

void Shard::on_reply(flow::RestRequest const& wanted, Result<HttpReply> reply) {
  Now const now = read_clock();
  if (reply && reply->used_weight) continuity_.budget().on_used(*reply->used_weight, now);
  if (reply && reply->status == 200) {
    on_rows(wanted, *reply, now);
  } else {
    Error error = reply ? rest_reader_.error(reply->body) : reply.error();
    std::optional<std::chrono::seconds> retry_after;
    if (reply && (reply->status == 429 || reply->status == 418)) {
      error.code = Errc::kRateLimited;
      retry_after = reply->retry_after;
    }
    log_event_limited(LogLevel::kWarn, "rest.failed", errc_name(error.code),
                      {{"status", reply ? reply->status : 0}, {"why", error.to_string()}});
    continuity_.on_rest_error(wanted.id, error, retry_after, now);
  }
  settle(now);
}

void Shard::on_rows(flow::RestRequest const& wanted, HttpReply const& reply, Now const& now) {
  auto rows = rest_reader_.trades(reply.body, wanted.symbol, now.utc);
  if (!rows) {
    log_event_limited(LogLevel::kWarn, "rest.failed", errc_name(rows.error().code),
                      {{"status", 200}, {"why", rows.error().to_string()}});
    continuity_.on_rest_error(wanted.id, rows.error(), std::nullopt, now);
    return;
  }
  for (feed::BadRow& bad : rows->bad) {
    writer_.add_dead_letter({.received_at = now.utc,
                             .reason = std::string{errc_name(bad.why.code)},
                             .detail = bad.why.detail,
                             .bytes = std::move(bad.text)},
                            now.mono);
  }
  continuity_.on_rest_rows(wanted.id, rows->trades, now);
}

void Shard::on_timer() {
  timer_at_ = MonoTime::max();
  Now const now = read_clock();
  if (now.mono >= feed_.next_deadline()) {
    feed_.on(feed::FeedTick{}, now.mono, feed_actions_);
    perform_feed();
  }
  if (now.mono >= continuity_.next_deadline()) {
    continuity_.tick(now, requests_);
    for (flow::RestRequest const& wanted : requests_) request(wanted);
    requests_.clear();
  }
  settle(now);
}

void Shard::arm_timer() {
  if (stopped_) return;
  MonoTime const due =
      std::min({feed_.next_deadline(), continuity_.next_deadline(), writer_.next_deadline()});
  if (due >= timer_at_) return;
  timer_at_ = due;
  timer_.expires_at(to_steady(due));
  timer_.async_wait([this](boost::system::error_code const& error) {
    if (!error && !stopped_) on_timer();
  });
}

ShardStatus Shard::status() const {
  return {.counts = continuity_.counts(),
          .line = feed_.state(),
          .lines = feed_.counts(),
          .holes = continuity_.holes(),
          .waiting = continuity_.waiting(),
          .dead_letters = writer_.dead_letters(),
          .admits = writer_.admits(),
          .next_sequence = writer_.next_sequence(),
          .last_trade_lag = last_trade_lag_};
}

}  // namespace k2::io
