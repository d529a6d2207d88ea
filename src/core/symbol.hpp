// Symbols: any UTF-8 name the exchange may list, and the table that gives each an index so that
// the hot path compares integers.
#pragma once

#include "core/ids.hpp"
#include "core/result.hpp"

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace k2 {

/// Units: bytes of UTF-8. Chosen: today's longest spot symbol has 16; SBE's varString8 allows 255.
inline constexpr std::size_t kSymbolBytesMax = 64;

/// A validated symbol in the exchange's own spelling (upper case for ASCII letters).
class Symbol {
 public:
  /// Upper-cases ASCII letters and checks the rest.
  /// Errors: kSymbolInvalid when empty, longer than kSymbolBytesMax, not UTF-8, or holding a
  /// blank, a control character, or one of / ? & @ , " \ that names of streams cannot carry.
  [[nodiscard]] static Result<Symbol> parse(std::string_view text);

  [[nodiscard]] std::string const& text() const noexcept { return text_; }
  /// The symbol as stream names spell it: ASCII letters in lower case.
  [[nodiscard]] std::string lower() const;

  friend bool operator==(Symbol const&, Symbol const&) = default;
  friend auto operator<=>(Symbol const&, Symbol const&) = default;

 private:
  explicit Symbol(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// The symbols of one shard, numbered 0.. in the order they were added. Only the shard's thread
/// may add or look up; names, once added, keep their address.
class SymbolTable {
 public:
  SymbolTable() = default;
  /// Moves keep the names' addresses; a copy's index would point into the original. A deque's own
  /// move allocates, so it may throw.
  SymbolTable(SymbolTable&&) = default;  // NOLINT(performance-noexcept-move-constructor)
  SymbolTable& operator=(SymbolTable&&) = default;

  /// The symbol's index, adding it when it is new.
  SymbolIndex add(Symbol const& symbol);
  [[nodiscard]] std::optional<SymbolIndex> find(std::string_view text) const noexcept;
  [[nodiscard]] Symbol const& operator[](SymbolIndex index) const;
  [[nodiscard]] std::size_t size() const noexcept { return symbols_.size(); }

 private:
  std::deque<Symbol> symbols_;
  std::unordered_map<std::string_view, SymbolIndex> index_;
};

}  // namespace k2
