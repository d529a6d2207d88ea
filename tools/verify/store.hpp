// The stored trades to be verified: a journal or a topic. Both yield their records one by one, each
// checked by itself, and their other tables.
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

/// The range of trade times that is checked: [since, until).
struct Window {
  UtcTime since = UtcTime::min();
  UtcTime until = UtcTime::max();

  [[nodiscard]] bool everything() const noexcept { return *this == Window{}; }
  [[nodiscard]] bool contains(UtcTime time) const noexcept { return time >= since && time < until; }
  friend bool operator==(Window const&, Window const&) = default;
};

/// The tables of a store beside its records, and the entries that the records do not confirm.
struct StoreTables {
  std::vector<sink::DeclaredGap> gaps;
  /// The gaps as they were before the first record was read; only of a store whose gaps may have
  /// changed since.
  std::vector<sink::DeclaredGap> gaps_before{};
  /// True when gaps and records are of one moment.
  bool settled = true;
  std::uint64_t dead_letters = 0;
  /// The last id per symbol that was deleted at the store's limit: older ones are not missing.
  std::vector<sink::Position> retired{};
  /// The limit at which the oldest trades are deleted.
  std::string_view retired_by = "at journal.max_bytes";
  /// The id per symbol up to which the records must reach.
  std::vector<sink::Position> positions{};
  /// The positions that the records do not reach.
  std::vector<sink::Position> unreached{};
  Finding wrong_positions{};
  Finding wrong_gaps{};
  /// Parts that should have been read and could not be.
  Finding unread{};
  /// Further notes for the reader of the report.
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

  /// Returns the number of records in total, as far as is known, and the number already read.
  [[nodiscard]] virtual std::uint64_t records() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t records_read() const noexcept = 0;
  /// Returns the number of blocks of a journal; 0 for a topic.
  [[nodiscard]] virtual std::uint64_t blocks() const noexcept { return 0; }
  [[nodiscard]] virtual Finding const& invalid_blocks() const noexcept = 0;
  [[nodiscard]] virtual Finding const& invalid_records() const noexcept = 0;
  /// Returns the parts of the store that could not be read.
  [[nodiscard]] virtual Finding const& unread() const noexcept {
    static Finding const nothing{};
    return nothing;
  }
};

/// Returns the reason why the record contradicts itself, or nullptr.
[[nodiscard]] char const* contradiction(sink::TradeRecord const& record) noexcept;

/// The record as it is compared. It must not contradict itself.
[[nodiscard]] StoredTrade stored_trade(sink::TradeRecord const& record) noexcept;

}  // namespace k2::verify
