#include "shard/shard.hpp"

#include "core/http_status.hpp"
#include "core/planted.hpp"
#include "feed/rest_requests.hpp"
#include "shard/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace k2::shard {
namespace {

constexpr int kOk = 200;

/// True when a failure concerns only the requested symbol: the exchange answered with a 4xx that is
/// neither a limit nor a refusal of this address, or with a body that cannot be used.
bool is_of_symbol(int status, Errc code) {
  if (code == Errc::kRateLimited || code == Errc::kRefusedByRegion) return false;
  return status == kOk || (status >= 400 && status < 500);
}

feed::FeedOptions feed_options(ShardOptions const& options) {
  feed::FeedOptions made = options.feed;
  for (ShardSymbol const& symbol : options.symbols) made.symbols.push_back(symbol.symbol);
  return made;
}

/// A trade in the exchange's own form, for a dead letter whose frame is gone.
std::string trade_text(Trade const& trade, std::string_view symbol) {
  return fmt::format(R"({{"e":"trade","s":"{}","t":{},"p":"{}","q":"{}","T":{},"m":{}}})", symbol,
                     value(trade.id), trade.price.to_string(), trade.quantity.to_string(),
                     trade.traded_at.time_since_epoch().count(), trade.side == Side::kSell);
}

std::string target_of(flow::RestRequest const& request, Symbol const& symbol) {
  return request.source == flow::RestSource::kRecent
             ? feed::trades_target(symbol, feed::kTradesPerReply)
             : feed::historical_trades_target(symbol, request.from, feed::kTradesPerReply);
}

}  // namespace

Shard::Shard(ShardOptions options, sink::BatchDoor& journal, Rng rng, MonoTime now)
    : feed_(feed_options(options), rng),
      decoder_(symbols_),
      continuity_(options.continuity),
      writer_(journal, options.next_sequence, options.block_delay) {
  for (ShardSymbol& symbol : options.symbols) {
    SymbolIndex const index = symbols_.add(symbol.symbol);
    begin_tape(index, std::move(symbol), now);
  }
}

void Shard::begin_tape(SymbolIndex index, ShardSymbol symbol, MonoTime now) {
  writer_.add_symbol(index, symbol.symbol, symbol.currency, symbol.generation);
  if (!symbol.elsewhere.empty()) elsewhere_[index] = symbol.elsewhere;
  continuity_.add_symbol(index, symbol.position, std::move(symbol.open_gaps), now);
  if (symbol.first && !symbol.position) continuity_.begin(index, *symbol.first, now);
}

void Shard::carry(std::vector<ShardSymbol> symbols, Now const& now) {
  SymbolsChanged changed;
  std::set<Symbol> wanted;
  for (ShardSymbol const& symbol : symbols) wanted.insert(symbol.symbol);
  std::size_t const known = symbols_.size();
  for (std::size_t at = 0; at < known; ++at) {
    auto const index = static_cast<SymbolIndex>(at);
    if (parked_.contains(index) || wanted.contains(symbols_[index])) continue;
    changed.removed.push_back(symbols_[index].text());
    put_down(index);
  }
  for (ShardSymbol& symbol : symbols) {
    auto const index = symbols_.find(symbol.symbol.text());
    if (index && !parked_.contains(*index)) continue;
    changed.added.push_back(symbol.symbol.text());
    take_up(std::move(symbol), now);
  }
  outbox_.notes.emplace_back(std::move(changed));
  tick(now);
}

void Shard::add_symbol(ShardSymbol symbol, Now const& now) {
  take_up(std::move(symbol), now);
  tick(now);
}

void Shard::take_up(ShardSymbol symbol, Now const& now) {
  Symbol const name = symbol.symbol;
  auto const known = symbols_.find(name.text());
  if (!known) {
    SymbolIndex const index = symbols_.add(name);
    catch_up_with_topic(index, symbol, now);
    begin_tape(index, std::move(symbol), now.mono);
    feed_.add_symbol(index, name);
  } else if (auto const parked = parked_.extract(*known)) {
    auto const expected = parked.mapped().expected;
    symbol.generation = generation(*known);
    symbol.position.reset();
    if (expected && value(*expected) > 0) symbol.position = previous(*expected);
    symbol.open_gaps = std::move(parked.mapped().open_gaps);
    symbol.elsewhere = elsewhere_[*known];
    catch_up_with_topic(*known, symbol, now);
    continuity_.restore_symbol(*known, std::nullopt, std::move(symbol.open_gaps), now.mono);
    auto first = expected ? expected : symbol.first;
    if (symbol.position) first = next(*symbol.position);
    if (first) continuity_.begin(*known, *first, now.mono);
    feed_.add_symbol(*known, name);
  }
}

/// Declares to the journal the ids that it will not hold.
void Shard::catch_up_with_topic(SymbolIndex index, ShardSymbol& symbol, Now const& now) {
  auto gaps = catch_up(symbol, now.utc);
  elsewhere_[index] = symbol.elsewhere;
  if (!gaps.empty()) note_gaps(std::move(gaps));
}

void Shard::note_gaps(std::vector<sink::DeclaredGap> gaps) {
  for (sink::DeclaredGap const& gap : gaps) outbox_.notes.emplace_back(GapNoted{gap});
  writer_.append_with_gaps({}, std::move(gaps));
}

void Shard::remove_symbol(Symbol const& symbol, Now const& now) {
  auto const index = symbols_.find(symbol.text());
  if (!index || parked_.contains(*index)) return;
  put_down(*index);
  tick(now);
}

void Shard::reopen(sink::SymbolIds const& lost, Now const& now) {
  auto const index = symbols_.find(lost.symbol);
  if (!index || parked_.contains(*index)) return;
  auto const& tape = continuity_.sequencer();
  auto const expected = tape.expected(*index);
  if (!expected || value(*expected) == 0 || tape.halted(*index)) return;
  ShardSymbol symbol{.symbol = symbols_[*index],
                     .currency = {},
                     .position = previous(*expected),
                     .open_gaps = tape.open_gaps(*index),
                     .elsewhere = elsewhere_[*index]};
  auto gaps = shard::reopen(symbol, lost, now.utc);
  if (symbol.open_gaps == tape.open_gaps(*index)) return;
  elsewhere_[*index] = std::move(symbol.elsewhere);
  continuity_.reopen(*index, std::move(symbol.open_gaps));
  note_gaps(std::move(gaps));
  tick(now);
}

void Shard::put_down(SymbolIndex index) {
  auto const& tape = continuity_.sequencer();
  parked_[index] = {tape.expected(index), tape.open_gaps(index)};
  continuity_.remove_symbol(index);
  feed_.remove_symbol(index);
}

void Shard::tick(Now const& now) {
  if (now.mono >= feed_.next_deadline()) feed_.on(feed::FeedTick{}, now.mono, outbox_.lines);
  if (now.mono >= continuity_.next_deadline()) plan_fetches(now);
  settle(now);
}

MonoTime Shard::next_deadline() const noexcept {
  return std::min({feed_.next_deadline(), continuity_.next_deadline(), writer_.next_deadline()});
}

void Shard::plan_fetches(Now const& now) {
  continuity_.tick(now, requests_);
  for (flow::RestRequest const& request : requests_) {
    outbox_.fetches.push_back({request, target_of(request, symbols_[request.symbol])});
  }
  requests_.clear();
}

void Shard::feed_event(feed::FeedEvent const& event, Now const& now) {
  feed_.on(event, now.mono, outbox_.lines);
}

void Shard::on_line_opened(LineId line, Now const& now) {
  feed_event(feed::LineOpened{line}, now);
}

void Shard::on_line_closed(LineId line, Error const& why,
                           std::optional<std::chrono::seconds> retry_after, Now const& now) {
  // The exchange counts by address: REST pauses as well.
  if (why.code == Errc::kRateLimited) {
    continuity_.budget().block(retry_after.value_or(feed::kRateLimitedWait), now);
  }
  feed_event(feed::LineClosed{line, why, retry_after}, now);
}

void Shard::on_pong(LineId line, Now const& now) {
  feed_event(feed::PongSeen{line}, now);
}

void Shard::on_text(LineId line, std::string_view frame, Now const& received) {
  Trade trade;
  Error why;
  feed::FrameKind const kind = decoder_.decode(frame, received.utc, trade, &why);
  if (kind == feed::FrameKind::kTrade) [[likely]] {
    flow::Verdict const verdict = continuity_.on_trade(trade, received.mono, line);
    // An id that may be bogus is not used to compare connections.
    if (verdict != flow::Verdict::kSuspect) [[likely]] {
      feed_.trade_seen(line, trade.symbol, trade.id, received.mono, outbox_.lines);
    }
    return;
  }
  on_other_frame(line, kind, frame, why, received);
}

void Shard::on_other_frame(LineId line, feed::FrameKind kind, std::string_view frame,
                           Error const& why, Now const& received) {
  switch (kind) {
    case feed::FrameKind::kKline:
      take_candle(line, decoder_.kline(), received);
      break;
    case feed::FrameKind::kServerShutdown:
      feed_event(feed::LineShutdownAnnounced{line}, received);
      break;
    case feed::FrameKind::kBadTrade:
    case feed::FrameKind::kNotJson:
    case feed::FrameKind::kUnknownSymbol:
      refuse_frame(kind, frame, why, received);
      break;
    case feed::FrameKind::kReply:
    case feed::FrameKind::kReplyError:
      take_reply(line, kind == feed::FrameKind::kReplyError, why, received);
      break;
    default:
      break;  // the decoder counts every kind
  }
}

void Shard::take_candle(LineId line, feed::Kline const& kline, Now const& received) {
  feed_.candle_seen(line, kline.symbol, kline.open_at, received.mono, outbox_.lines);
  continuity_.on_kline({.symbol = kline.symbol,
                        .open_at = kline.open_at,
                        .trades = kline.trades,
                        .trade_count = kline.trade_count,
                        .closed = kline.closed},
                       received);
}

void Shard::take_reply(LineId line, bool refused, Error const& why, Now const& received) {
  if (refused) outbox_.notes.emplace_back(RequestRefused{why});
  if (auto const id = decoder_.reply().id) {
    feed_event(feed::RequestAnswered{line, *id, refused}, received);
  }
}

void Shard::refuse_frame(feed::FrameKind kind, std::string_view frame, Error const& why,
                         Now const& received) {
  writer_.add_dead_letter(make_dead_letter(received.utc, why, frame), received.mono);
  outbox_.notes.emplace_back(FrameRefused{kind, why});
}

void Shard::on_batch_end(LineId line, Now const& received) {
  feed_.frame_seen(line, received.mono);
  settle(received);
}

void Shard::on_rest_reply(flow::RestRequest const& request, Result<RestReply> const& reply,
                          Now const& now) {
  if (!reply) {
    rest_failed(request, 0, reply.error(), std::nullopt, now);
  } else {
    if (reply->used_weight) continuity_.budget().on_used(*reply->used_weight, now);
    if (reply->status == kOk) {
      on_rows(request, *reply, now);
    } else {
      Error why = rest_reader_.error(reply->body);
      why.code = errc_of_http_status(reply->status, why.code);
      rest_failed(request, reply->status, why, reply->retry_after, now);
    }
  }
  settle(now);
}

void Shard::on_rows(flow::RestRequest const& request, RestReply const& reply, Now const& now) {
  auto rows = rest_reader_.trades(reply.body, request.symbol, now.utc);
  if (!rows) return rest_failed(request, reply.status, rows.error(), std::nullopt, now);
  std::vector<TradeId> unusable;
  for (feed::BadRow& bad : rows->bad) {
    if (bad.id) {
      unusable.push_back(*bad.id);
      // Other pages show the same row again.
      if (!keep_once(request.symbol, *bad.id)) continue;
    }
    writer_.add_dead_letter(make_dead_letter(now.utc, bad.why, bad.text), now.mono);
  }
  std::ranges::sort(unusable);
  continuity_.on_rest_rows(request.id, rows->trades, now, unusable);
}

/// True unless this row is known to be among the dead letters already.
bool Shard::keep_once(SymbolIndex symbol, TradeId id) {
  if (kept_rows_.size() >= kKeptRowsMax) kept_rows_.clear();
  return kept_rows_.emplace(symbol, id).second;
}

/// Takes what continuity rejected for good: dead letters, and tapes that are halted.
void Shard::take_doubts(Now const& now) {
  for (Trade const& trade : continuity_.implausible()) {
    std::string const& name = symbols_[trade.symbol].text();
    auto const expected = continuity_.sequencer().expected(trade.symbol);
    writer_.add_dead_letter(
        {.received_at = trade.received_at,
         .reason = "id_implausible",
         .detail = expected ? fmt::format("the tape of {} expects id {}", name, value(*expected))
                            : fmt::format("the tape of {} has not started", name),
         .bytes = trade_text(trade, name)},
        now.mono);
    outbox_.notes.emplace_back(TradeImplausible{name, trade.id, expected});
  }
  continuity_.implausible().clear();
  for (flow::RestartedTape const& tape : continuity_.restarted_tapes()) {
    outbox_.notes.emplace_back(
        TapeRestarted{symbols_[tape.symbol].text(), tape.expected, tape.seen});
  }
  continuity_.restarted_tapes().clear();
}

void Shard::rest_failed(flow::RestRequest const& request, int status, Error const& why,
                        std::optional<std::chrono::seconds> retry_after, Now const& now) {
  outbox_.notes.emplace_back(RestFailed{symbols_[request.symbol].text(), status, why});
  if (is_of_symbol(status, why.code)) {
    continuity_.on_rest_refused(request.id, now);
    return;
  }
  if (why.code == Errc::kRateLimited) {
    feed_.pause(now.mono + retry_after.value_or(feed::kRateLimitedWait));
  }
  continuity_.on_rest_error(request.id, why, retry_after, now);
}

void Shard::settle(Now const& now) {
  if (feed_.take_resumed()) continuity_.on_line_up(now.mono);
  for (SymbolIndex const symbol : continuity_.dead_streams()) {
    feed_event(feed::StreamDead{symbol}, now);
  }
  continuity_.dead_streams().clear();
  take_doubts(now);
  auto& accepted = continuity_.accepted();
  measure(accepted, now);
  if (continuity_.gap_pieces().empty()) {
    for (Trade const& trade : accepted) writer_.append(trade, now.mono);
  } else {
    writer_.append_with_gaps(accepted, take_gaps());
  }
  accepted.clear();
  auto& holes = continuity_.hole_changes();
  for (flow::HoleChange const& change : holes) outbox_.notes.emplace_back(change);
  holes.clear();
  auto& minutes = continuity_.minute_verdicts();
  for (flow::MinuteVerdict const& minute : minutes) outbox_.notes.emplace_back(minute);
  minutes.clear();
  writer_.flush(now.mono);
  admit(writer_.admits());
}

void Shard::measure(std::span<Trade const> accepted, Now const& now) {
  if (accepted.empty()) return;
  last_received_ = accepted.back().received_at;
  last_trade_lag_ = last_received_ - accepted.back().traded_at;
  for (Trade const& trade : accepted) {
    if (trade.event_at != kNoTime) {
      latency_.exchange_receive.observe(trade.received_at - trade.event_at + clock_offset_);
    }
    latency_.receive_accepted.observe(now.utc - trade.received_at);
  }
}

std::vector<sink::DeclaredGap> Shard::take_gaps() {
  std::vector<sink::DeclaredGap> gaps;
  for (flow::GapPiece const& piece : continuity_.gap_pieces()) {
    gaps.push_back({.symbol = writer_.tape(piece.symbol),
                    .ids = piece.range,
                    .why = std::string{flow::gap_why_text(piece.why)},
                    .state = piece.state,
                    .declared_at = piece.at});
    outbox_.notes.emplace_back(GapNoted{gaps.back()});
  }
  continuity_.gap_pieces().clear();
  if (K2_PLANTED(kHideGap)) gaps.clear();
  return gaps;
}

void Shard::admit(bool open) {
  continuity_.set_admission(open);
  if (open == admitting_) return;
  admitting_ = open;
  outbox_.notes.emplace_back(AdmissionChanged{open, continuity_.counts().forgotten});
}

ShardStatus Shard::status() const {
  return {.counts = continuity_.counts(),
          .audit = continuity_.audit_counts(),
          .line = feed_.state(),
          .lines_live = feed_.live(),
          .lines = feed_.counts(),
          .runners = feed_.runners(),
          .holes = continuity_.holes(),
          .tapes_restarted = continuity_.tapes_restarted(),
          .waiting = continuity_.waiting(),
          .dead_letters = writer_.dead_letters(),
          .dead_letters_dropped = writer_.dead_letters_dropped(),
          .admits = writer_.admits(),
          .next_sequence = writer_.next_sequence(),
          .last_trade_lag = last_trade_lag_};
}

}  // namespace k2::shard
