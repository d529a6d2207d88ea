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

/// A record of the store.
struct StoredTrade {
  /// The name of its tape (sink/tape_name); it lives until the next record is read.
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

/// What a store keeps beside its records, and what of it the records do not bear out.
struct StoreTables {
  std::vector<sink::DeclaredGap> gaps;
  /// The gaps as they were before the first record was read; only of a store whose gaps may have
  /// changed since.
  std::vector<sink::DeclaredGap> gaps_before{};
  /// True when gaps and records are of one moment.
  bool settled = true;
  std::uint64_t dead_letters = 0;
  /// Per symbol, the last id that was deleted at the store's limit: what is older is not missing.
  std::vector<sink::Position> retired{};
  /// Per symbol, the id up to which the records must reach.
  std::vector<sink::Position> positions{};
  /// Those of the positions that the records do not reach.
  std::vector<sink::Position> unreached{};
  Finding wrong_positions{};
  Finding wrong_gaps{};
  /// What should have been read and could not be.
  Finding unread{};
  /// What the reader of the report should know besides.
  std::vector<std::string> notes{};
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
  /// What is in the store and could not be read.
  [[nodiscard]] virtual Finding const& unread() const noexcept {
    static Finding const nothing{};
    return nothing;
  }
};

/// Why the record contradicts itself, or nullptr.
[[nodiscard]] char const* contradiction(sink::TradeRecord const& record) noexcept;

/// The record as it is compared. It must not contradict itself.
[[nodiscard]] StoredTrade stored_trade(sink::TradeRecord const& record) noexcept;

}  // namespace k2::verify
