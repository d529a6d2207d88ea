#include "tools/sim/generator.hpp"

#include "core/assert.hpp"
#include "tools/sim/frame_text.hpp"

#include <algorithm>
#include <cmath>

namespace k2::sim {
namespace {

// A tick is 0.01, and quantities have five places, as BTCUSDT's.
constexpr std::int64_t kTick = 1'000'000;
constexpr std::int64_t kLot = 1'000;

// Chosen: one order of a taker meets this many makers at most; two of three meet one.
constexpr std::uint64_t kFillsMax = 5;

// Chosen: the time from match to push in the recorded market data.
constexpr std::chrono::microseconds kPushDelay{350};

double log_uniform(Rng& rng, double low, double high) {
  return std::exp(std::log(low) + rng.unit() * (std::log(high) - std::log(low)));
}

}  // namespace

Generator::Generator(GeneratorOptions const& options, SymbolTable& symbols)
    : rng_(options.seed),
      rate_(options.rate),
      burst_(options.burst),
      start_(options.start),
      duration_(options.duration) {
  K2_ASSERT(!options.symbols.empty());
  K2_ASSERT(options.rate > 0);
  for (Symbol const& symbol : options.symbols) {
    Market market;
    market.symbol = symbols.add(symbol);
    market.name = symbol.text();
    market.stream = symbol.lower() + "@trade";
    market.id = 1'000'000 + rng_.below(4'000'000'000);
    market.price_ticks = static_cast<std::int64_t>(log_uniform(rng_, 1.0, 60'000.0) * 100);
    markets_.push_back(std::move(market));
  }
}

bool Generator::next(Publication& publication) {
  // The fills of one taker order share its time; the next order comes by chance.
  if (order_fills_ == 0) {
    double const gap = -std::log(1.0 - rng_.unit()) / rate_now() * 1e6;
    order_fills_ = rng_.chance(0.66) ? 1 : 1 + rng_.below(kFillsMax);
    elapsed_us_ += gap * static_cast<double>(order_fills_);
    order_market_ = rng_.below(markets_.size());
    markets_[order_market_].buyer_is_maker = rng_.chance(0.5);
  }
  --order_fills_;
  auto const elapsed = std::chrono::microseconds{std::llround(elapsed_us_)};
  if (duration_ && elapsed >= *duration_) return false;
  Market& market = markets_[order_market_];
  PublishedTrade& trade = publication.trade;
  trade.traded_at = start_ + elapsed;
  trade.event_at = trade.traded_at + kPushDelay;
  trade_on(market, trade);
  data_.clear();
  append_trade_event(trade, market.name, TimeUnit::kMicrosecond, data_);
  publication.at = trade.traded_at;
  publication.kind = StreamKind::kTrade;
  publication.unit = TimeUnit::kMicrosecond;
  publication.symbol = market.symbol;
  publication.stream = market.stream;
  publication.data = data_;
  return true;
}

double Generator::rate_now() const {
  auto const period = static_cast<double>(std::chrono::microseconds{burst_.every}.count());
  auto const length = static_cast<double>(std::chrono::microseconds{burst_.length}.count());
  bool const in_burst = burst_.factor != 1 && std::fmod(elapsed_us_, period) < length;
  return in_burst ? rate_ * burst_.factor : rate_;
}

void Generator::trade_on(Market& market, PublishedTrade& trade) {
  // Most trades hit the same level; steps are small and as likely up as down.
  if (rng_.chance(0.3)) {
    auto const step = static_cast<std::int64_t>(1 + rng_.below(8));
    market.price_ticks =
        std::max<std::int64_t>(1, market.price_ticks + (market.buyer_is_maker ? -step : step));
  }
  trade.symbol = market.symbol;
  trade.id = TradeId{market.id++};
  trade.price = Price::from_mantissa(market.price_ticks * kTick);
  auto const lots = std::llround(log_uniform(rng_, 5.0, 50'000.0));
  trade.quantity = Quantity::from_mantissa(lots * kLot);
  trade.buyer_is_maker = market.buyer_is_maker;
}

}  // namespace k2::sim
