// Accounts of trades to hold a store against: the simulator's ledger, the exchange's official
// files, or another journal; and the parsing of their lines. Streaming: one trade at a time.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"
#include "tools/verify/content.hpp"
#include "tools/verify/report.hpp"
#include "tools/verify/store.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace k2::verify {

/// A trade as a source tells it. The symbol lives until the next one is read.
struct SourceTrade {
  std::string_view symbol;
  TradeId id{};
  Content content;
};

/// Where an account is, and of what kind.
struct SourcePlace {
  Against kind = Against::kLedger;
  std::filesystem::path path{};
  /// Of an official file: whose trades it holds.
  std::string symbol{};
  /// Where another topic is, in place of a path.
  std::optional<io::KafkaOptions> topic{};

  /// How the place is called in reports.
  [[nodiscard]] std::string name() const { return topic ? topic->topic : path.string(); }
};

class TradeSource {
 public:
  TradeSource() = default;
  virtual ~TradeSource() = default;
  TradeSource(TradeSource const&) = delete;
  TradeSource& operator=(TradeSource const&) = delete;

  /// Yields the next trade; false at the end.
  /// Errors: kFileFailed, kDataCorrupt with file and line.
  [[nodiscard]] virtual Result<bool> next(SourceTrade& out) = 0;
  /// What the source holds that is no trade. At the end.
  [[nodiscard]] virtual Finding invalid() const { return {}; }
  /// What of it could not be read. At the end.
  [[nodiscard]] virtual Finding unread() const { return {}; }
};

/// What lies outside of the window may be left out.
/// Errors: those of opening the file.
[[nodiscard]] Result<std::unique_ptr<TradeSource>> open_source(SourcePlace const& place,
                                                               Window const& window = {});

/// Parses `symbol,id,price,quantity,time_us,is_buyer_maker`.
/// Errors: kDataCorrupt; kDecimalSyntax and kDecimalRange of the amounts.
[[nodiscard]] Errc parse_ledger_line(std::string_view line, SourceTrade& out) noexcept;

/// Parses `id,price,qty,quoteQty,time,isBuyerMaker[,isBestMatch]`; the time may be in ms or us,
/// told apart by magnitude. The symbol is left alone.
/// Errors: as parse_ledger_line.
[[nodiscard]] Errc parse_official_line(std::string_view line, SourceTrade& out) noexcept;

/// True for a line of column names, which hold no digit.
[[nodiscard]] bool is_header_line(std::string_view line) noexcept;

/// The symbol in a name like BTCUSDT-trades-2024-08-08.zip, empty when there is none.
[[nodiscard]] std::string symbol_of_file(std::filesystem::path const& path);

/// The day or the month in such a name: the file holds all trades of that time.
[[nodiscard]] std::optional<Window> days_of_file(std::filesystem::path const& path);

/// Why a file of an archive cannot belong to an official file of this name; empty when it can.
[[nodiscard]] std::string wrong_member(std::string_view member, std::string_view symbol,
                                       std::filesystem::path const& archive);

}  // namespace k2::verify
