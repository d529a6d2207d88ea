#include "core/symbol.hpp"

#include "core/assert.hpp"
#include "core/utf8.hpp"

#include <algorithm>

namespace k2 {
namespace {

char ascii_upper(char c) noexcept {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}
char ascii_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_forbidden(char c) noexcept {
  auto const byte = static_cast<unsigned char>(c);
  return byte <= 0x20 || byte == 0x7F ||
         std::string_view{"/?&@,\"\\"}.find(c) != std::string_view::npos;
}

}  // namespace

Result<Symbol> Symbol::parse(std::string_view text) {
  if (text.empty()) return Error{Errc::kSymbolInvalid, "a symbol is empty"};
  if (text.size() > kSymbolBytesMax) {
    return Error{Errc::kSymbolInvalid, "a symbol is longer than 64 bytes: " + std::string{text}};
  }
  if (!is_utf8(text)) return Error{Errc::kSymbolInvalid, "a symbol is not UTF-8"};
  if (std::any_of(text.begin(), text.end(), is_forbidden)) {
    return Error{Errc::kSymbolInvalid,
                 "a symbol holds a forbidden character: " + std::string{text}};
  }
  std::string upper{text};
  std::transform(upper.begin(), upper.end(), upper.begin(), ascii_upper);
  return Symbol{std::move(upper)};
}

std::string Symbol::lower() const {
  std::string lower{text_};
  std::transform(lower.begin(), lower.end(), lower.begin(), ascii_lower);
  return lower;
}

SymbolIndex SymbolTable::add(Symbol const& symbol) {
  if (auto const known = find(symbol.text())) return *known;
  auto const index = static_cast<SymbolIndex>(symbols_.size());
  symbols_.push_back(symbol);
  index_.emplace(symbols_.back().text(), index);
  return index;
}

std::optional<SymbolIndex> SymbolTable::find(std::string_view text) const noexcept {
  auto const found = index_.find(text);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

Symbol const& SymbolTable::operator[](SymbolIndex index) const {
  K2_ASSERT(value(index) < symbols_.size());
  return symbols_[value(index)];
}

}  // namespace k2
