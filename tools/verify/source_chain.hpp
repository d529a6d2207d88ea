// All accounts of one verification, read one behind the other, with what each of them covered.
#pragma once

#include "core/result.hpp"
#include "tools/verify/trade_source.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace k2::verify {

/// The part of one account that was read.
struct SourceUse {
  std::string name;
  /// Trades in all, and those that were matched in the window.
  std::uint64_t read = 0;
  std::uint64_t in_window = 0;
  /// The range from the first to the last id of each symbol in the window.
  std::map<std::string, IdRange, std::less<>> ranges;
};

class SourceChain {
 public:
  /// Both outlive the chain.
  SourceChain(std::vector<SourcePlace> const& places, Window const& window)
      : places_(places), window_(window) {}

  /// Yields the next trade of the window; false at the end of the last account.
  /// Errors: those of opening and reading the accounts.
  [[nodiscard]] Result<bool> next(SourceTrade& out);

  [[nodiscard]] std::uint64_t read() const noexcept { return read_; }
  [[nodiscard]] std::vector<SourceUse> const& uses() const noexcept { return uses_; }
  [[nodiscard]] Finding const& invalid() const noexcept { return invalid_; }
  [[nodiscard]] Finding const& unread() const noexcept { return unread_; }

 private:
  void note(SourceTrade const& trade);

  std::vector<SourcePlace> const& places_;
  Window const& window_;
  std::size_t at_ = 0;
  std::unique_ptr<TradeSource> current_;
  std::uint64_t read_ = 0;
  std::vector<SourceUse> uses_;
  /// The place where the last trade was noted: most have the same symbol as the one before.
  IdRange* last_range_ = nullptr;
  std::string last_symbol_;
  Finding invalid_;
  Finding unread_;
};

}  // namespace k2::verify
