// Trade -> Avro datum of TradeV2, once, right after sequencing: the journal stores these bytes,
// Kafka gets them behind its 5-byte header, and an exported container holds them unchanged.
// On the hot path of the shard's thread: what is constant for a symbol is prepared beforehand, and
// append() allocates only when the caller's buffer must grow.
#pragma once

#include "core/symbol.hpp"
#include "core/trade.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace k2::sink {

/// No datum is longer. Units: bytes. Chosen: every part at its own limit needs less.
inline constexpr std::size_t kDatumBytesMax = 512;

class TradeEncoder {
 public:
  /// Prepares a symbol; its index must be the number of symbols added before.
  /// `currency` is the quote asset (at most kSymbolBytesMax bytes).
  void add_symbol(SymbolIndex index, Symbol const& symbol, std::string_view currency);
  /// Names the tape that the symbol's message ids have from now on, as tape_name() makes it.
  void set_tape(SymbolIndex index, std::string_view tape);

  /// Appends the trade's datum to `out`. The symbol must have been added.
  void append(Trade const& trade, std::uint64_t platform_sequence, std::string& out) const;

  [[nodiscard]] std::size_t symbols() const noexcept { return parts_.size(); }

 private:
  /// Side by side in memory, so that a trade of a symbol that has not traded for a while costs one
  /// or two cache misses, not one a piece.
  struct alignas(64) Parts {
    std::uint8_t prefix_length = 0;
    std::uint8_t names_length = 0;
    std::uint8_t currency_length = 0;
    /// "binance-spot-<tape>-"; then symbol, exchange and asset class; then the currency: the
    /// latter two encoded.
    char text[253] = {};

    [[nodiscard]] std::string_view message_prefix() const noexcept { return {text, prefix_length}; }
    [[nodiscard]] std::string_view names() const noexcept {
      return {text + prefix_length, names_length};
    }
    [[nodiscard]] std::string_view currency() const noexcept {
      return {text + prefix_length + names_length, currency_length};
    }
  };
  static_assert(sizeof(Parts) == 256);

  std::vector<Parts> parts_;
};

}  // namespace k2::sink
