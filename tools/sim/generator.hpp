// A market made up from a seed: dense trade ids per symbol, prices that walk on the tick grid,
// arrivals at random around a rate, with bursts. The same seed and start give the same trades on
// every machine. Pure.
#pragma once

#include "core/rng.hpp"
#include "core/symbol.hpp"
#include "tools/sim/source.hpp"

#include <optional>
#include <string>
#include <vector>

namespace k2::sim {

/// A burst: for a span at each period the rate is multiplied.
struct Burst {
  std::chrono::milliseconds every{10'000};
  std::chrono::milliseconds length{500};
  double factor = 1;
};

struct GeneratorOptions {
  std::vector<Symbol> symbols;
  /// Units: trades per second, all symbols together.
  double rate = 100;
  Burst burst;
  std::uint64_t seed = 1;
  UtcTime start{};
  /// No trade at or after start + duration; empty means unlimited.
  std::optional<std::chrono::microseconds> duration;
};

class Generator final : public Source {
 public:
  /// `symbols` outlives the generator and learns its symbols.
  Generator(GeneratorOptions const& options, SymbolTable& symbols);

  [[nodiscard]] bool next(Publication& publication) override;
  [[nodiscard]] bool live() const override { return true; }

 private:
  struct Market {
    SymbolIndex symbol{};
    std::string name;
    std::string stream;
    std::uint64_t id = 0;
    std::int64_t price_ticks = 0;
    bool buyer_is_maker = false;
  };

  [[nodiscard]] double rate_now() const;
  void trade_on(Market& market, PublishedTrade& trade);

  Rng rng_;
  std::vector<Market> markets_;
  double rate_;
  Burst burst_;
  UtcTime start_;
  std::optional<std::chrono::microseconds> duration_;
  double elapsed_us_ = 0;
  std::size_t order_fills_ = 0;
  std::size_t order_market_ = 0;
  std::string data_;
};

}  // namespace k2::sim
