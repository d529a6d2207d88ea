// The streams that follow from trades: aggTrade and kline_1m. They are made only for symbols whose
// recording does not carry them itself. Pure; time is the market's own, taken from the trades.
#pragma once

#include "core/symbol.hpp"
#include "tools/sim/candle.hpp"
#include "tools/sim/frame_text.hpp"
#include "tools/sim/publication.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sim {

class DerivedStreams {
 public:
  /// Returns true when a client is subscribed to a stream; other streams' events are not made.
  using Wanted = std::function<bool(std::string_view)>;

  DerivedStreams(SymbolTable const& symbols, Wanted wanted);

  /// Takes what the source published and appends what follows from it. The texts live until the
  /// next call.
  void take(Publication const& publication, std::uint64_t agg_id, std::vector<Publication>& out);
  /// The source has ended: what is still being put together goes out. Candles stay open.
  void finish(std::vector<Publication>& out);

 private:
  struct Market {
    std::string agg_stream;
    std::string kline_stream;
    bool agg_recorded = false;
    bool kline_recorded = false;
    std::optional<AggTrade> agg;
    std::optional<Candle> candle;
    bool candle_changed = false;
  };

  Market& market_of(SymbolIndex symbol);
  void take_trade(PublishedTrade const& trade, std::uint64_t agg_id, std::vector<Publication>& out);
  void add_to_agg(Market& market, PublishedTrade const& trade, std::uint64_t agg_id,
                  std::vector<Publication>& out);
  void add_to_candle(Market& market, PublishedTrade const& trade, std::vector<Publication>& out);
  void pass_time(UtcTime now, std::vector<Publication>& out);
  void pass_time(SymbolIndex symbol, std::vector<Publication>& out);
  void push_agg(Market& market, std::vector<Publication>& out);
  void push_candle(SymbolIndex symbol, bool closed, std::vector<Publication>& out);
  void push(SymbolIndex symbol, StreamKind kind, std::string_view stream, std::string text,
            std::vector<Publication>& out);

  SymbolTable const& symbols_;
  Wanted wanted_;
  std::deque<Market> markets_;
  UtcTime now_{};
  UtcTime next_push_{};
  std::deque<std::string> texts_;
};

}  // namespace k2::sim
