// Where stored trades are looked at: a journal or a topic. Both yield their records one by one,
// each checked against itself, and what they keep beside them.
#pragma once

#include "core/result.hpp"
#include "core/time.hpp"
#include "sink/block.hpp"
#include "sink/notices.hpp"
#include "sink/trade_record.hpp"
#include "tools/verify/content.hpp"
#include "tools/verify/report.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::verify {

/// A record of the store. The symbol lives until the next one is read.
struct StoredTrade {
  std::string_view symbol;
  TradeId id{};
  Content content;
  bool late = false;
  bool from_rest = false;
};

/// When the trades that are looked at were matched: [since, until).
struct Window {
  UtcTime since = UtcTime::min();
  UtcTime until = UtcTime::max();

  [[nodiscard]] bool everything() const noexcept { return *this == Window{}; }
  [[nodiscard]] bool contains(UtcTime time) const noexcept { return time >= since && time < until; }
  friend bool operator==(Window const&, Window const&) = default;
};

/// What a store keeps beside its records.
struct StoreTables {
  std::vector<sink::DeclaredGap> gaps;
  std::uint64_t dead_letters = 0;
  /// Per symbol, the last id that was deleted at the store's limit: what is older is not missing.
  std::vector<sink::Position> retired;
  /// Not set while the store is being written.
  std::optional<std::vector<sink::Position>> positions;
  /// What the reader of the report should know besides.
  std::vector<std::string> notes;
};

class Store {
 public:
  Store() = default;
  virtual ~Store() = default;
  Store(Store const&) = delete;
  Store& operator=(Store const&) = delete;

  /// Yields the next sound record; false at the end.
  /// Errors: those of reading.
  [[nodiscard]] virtual Result<bool> next(StoredTrade& out) = 0;
  /// After the last record.
  /// Errors: those of reading.
  [[nodiscard]] virtual Result<StoreTables> tables() = 0;

  /// How many records there are in all, as far as is known, and how many are behind us.
  [[nodiscard]] virtual std::uint64_t records() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t records_read() const noexcept = 0;
  /// Of a journal.
  [[nodiscard]] virtual std::uint64_t blocks() const noexcept { return 0; }
  [[nodiscard]] virtual Finding const& invalid_blocks() const noexcept = 0;
  [[nodiscard]] virtual Finding const& invalid_records() const noexcept = 0;
};

/// Why the record contradicts itself, or nullptr.
[[nodiscard]] char const* contradiction(sink::TradeRecord const& record) noexcept;

/// The record as it is compared. It must not contradict itself.
[[nodiscard]] StoredTrade stored_trade(sink::TradeRecord const& record) noexcept;

}  // namespace k2::verify
