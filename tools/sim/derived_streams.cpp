#include "tools/sim/derived_streams.hpp"

#include <algorithm>
#include <utility>

namespace k2::sim {
namespace {

constexpr std::chrono::minutes kInterval{1};
constexpr std::string_view kIntervalName = "1m";

// Source: the exchange's stream documentation: klines other than 1s are pushed each 2,000 ms.
constexpr std::chrono::seconds kKlinePush{2};

// Chosen: a symbol's minute is over when the market is this far into the next one.
constexpr std::chrono::milliseconds kCloseGrace{500};

// Chosen: no further fill of the same order comes this much later.
constexpr std::chrono::milliseconds kAggGrace{100};

}  // namespace

DerivedStreams::DerivedStreams(SymbolTable const& symbols, Wanted wanted)
    : symbols_(symbols), wanted_(std::move(wanted)) {}

void DerivedStreams::take(Publication const& publication, std::uint64_t agg_id,
                          std::vector<Publication>& out) {
  texts_.clear();
  Market& market = market_of(publication.symbol);
  switch (publication.kind) {
    case StreamKind::kTrade:
      return take_trade(publication.trade, agg_id, out);
    case StreamKind::kAggTrade:
      market.agg_recorded = true;
      return;
    case StreamKind::kKline:
      if (publication.stream == market.kline_stream) market.kline_recorded = true;
      return;
    case StreamKind::kBookTicker:
    case StreamKind::kDepth:
    case StreamKind::kOther:
      return;
  }
}

void DerivedStreams::finish(std::vector<Publication>& out) {
  texts_.clear();
  for (Market& market : markets_) push_agg(market, out);
}

DerivedStreams::Market& DerivedStreams::market_of(SymbolIndex symbol) {
  while (markets_.size() <= value(symbol)) {
    std::string const lower =
        symbols_[SymbolIndex{static_cast<std::uint32_t>(markets_.size())}].lower();
    Market& market = markets_.emplace_back();
    market.agg_stream = lower + "@aggTrade";
    market.kline_stream = lower + "@kline_1m";
  }
  return markets_[value(symbol)];
}

void DerivedStreams::take_trade(PublishedTrade const& trade, std::uint64_t agg_id,
                                std::vector<Publication>& out) {
  pass_time(std::max(now_, trade.event_at), out);
  Market& market = market_of(trade.symbol);
  if (!market.agg_recorded) add_to_agg(market, trade, agg_id, out);
  if (!market.kline_recorded) add_to_candle(market, trade, out);
}

void DerivedStreams::add_to_agg(Market& market, PublishedTrade const& trade, std::uint64_t agg_id,
                                std::vector<Publication>& out) {
  if (market.agg && market.agg->id == agg_id) {
    AggTrade& agg = *market.agg;
    agg.last = trade.id;
    agg.quantity = Quantity::from_mantissa(agg.quantity.mantissa() + trade.quantity.mantissa());
    return;
  }
  push_agg(market, out);
  market.agg = AggTrade{trade.symbol, agg_id,         trade.id,        trade.id,
                        trade.price,  trade.quantity, trade.traded_at, trade.buyer_is_maker};
}

void DerivedStreams::add_to_candle(Market& market, PublishedTrade const& trade,
                                   std::vector<Publication>& out) {
  if (market.candle && trade.traded_at >= market.candle->open_at + kInterval) {
    push_candle(trade.symbol, true, out);
    market.candle.reset();
  }
  if (!market.candle) {
    market.candle = empty_candle(interval_start(trade.traded_at, kInterval), trade.price);
  }
  market.candle->add(trade.id, trade.price, trade.quantity, trade.buyer_is_maker);
  market.candle_changed = true;
}

void DerivedStreams::pass_time(UtcTime now, std::vector<Publication>& out) {
  now_ = now;
  if (now < next_push_) return;
  next_push_ = interval_start(now, kKlinePush) + kKlinePush;
  for (std::uint32_t i = 0; i < markets_.size(); ++i) pass_time(SymbolIndex{i}, out);
}

void DerivedStreams::pass_time(SymbolIndex symbol, std::vector<Publication>& out) {
  Market& market = markets_[value(symbol)];
  if (market.agg && now_ >= market.agg->traded_at + kAggGrace) push_agg(market, out);
  if (!market.candle || market.kline_recorded) return;
  if (now_ >= market.candle->open_at + kInterval + kCloseGrace) {
    push_candle(symbol, true, out);
    market.candle = empty_candle(interval_start(now_, kInterval), market.candle->close);
  } else if (market.candle_changed) {
    push_candle(symbol, false, out);
  }
  market.candle_changed = false;
}

void DerivedStreams::push_agg(Market& market, std::vector<Publication>& out) {
  if (!market.agg) return;
  AggTrade const agg = *std::exchange(market.agg, std::nullopt);
  if (!wanted_(market.agg_stream)) return;
  std::string text;
  append_agg_trade_event(agg, symbols_[agg.symbol].text(), now_, TimeUnit::kMicrosecond, text);
  push(agg.symbol, StreamKind::kAggTrade, market.agg_stream, std::move(text), out);
}

void DerivedStreams::push_candle(SymbolIndex symbol, bool closed, std::vector<Publication>& out) {
  Market const& market = markets_[value(symbol)];
  if (!wanted_(market.kline_stream)) return;
  std::string text;
  append_kline_event(*market.candle, symbols_[symbol].text(), kIntervalName, now_, closed,
                     TimeUnit::kMicrosecond, text);
  push(symbol, StreamKind::kKline, market.kline_stream, std::move(text), out);
}

void DerivedStreams::push(SymbolIndex symbol, StreamKind kind, std::string_view stream,
                          std::string text, std::vector<Publication>& out) {
  Publication publication;
  publication.at = now_;
  publication.kind = kind;
  publication.unit = TimeUnit::kMicrosecond;
  publication.symbol = symbol;
  publication.stream = stream;
  publication.data = texts_.emplace_back(std::move(text));
  out.push_back(publication);
}

}  // namespace k2::sim
