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

/// The place and the kind of an account.
struct SourcePlace {
  Against kind = Against::kLedger;
  std::filesystem::path path{};
  /// The symbol of an official file.
  std::string symbol{};
  /// The options of another topic, in place of a path.
  std::optional<io::KafkaOptions> topic{};

  /// Returns the name of the place in reports.
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
  /// Returns the content of the source that is no trade. Call it at the end.
  [[nodiscard]] virtual Finding invalid() const { return {}; }
  /// Returns the parts that could not be read. Call it at the end.
  [[nodiscard]] virtual Finding unread() const { return {}; }
};

/// Opens a source, which may omit trades outside of the window.
/// Errors: those of opening the file.
[[nodiscard]] Result<std::unique_ptr<TradeSource>> open_source(SourcePlace const& place,
                                                               Window const& window = {});

/// Parses `symbol,id,price,quantity,time_us,is_buyer_maker`.
/// Errors: kDataCorrupt; kDecimalSyntax and kDecimalRange of the amounts.
[[nodiscard]] Errc parse_ledger_line(std::string_view line, SourceTrade& out) noexcept;

/// Parses `id,price,qty,quoteQty,time,isBuyerMaker[,isBestMatch]`; the time may be in ms or us,
/// the magnitude tells which. The symbol is not changed.
/// Errors: as parse_ledger_line.
[[nodiscard]] Errc parse_official_line(std::string_view line, SourceTrade& out) noexcept;

/// True for a line of column names, which hold no digit.
[[nodiscard]] bool is_header_line(std::string_view line) noexcept;

/// The symbol in a name like BTCUSDT-trades-2024-08-08.zip, empty when there is none.
[[nodiscard]] std::string symbol_of_file(std::filesystem::path const& path);

/// The day or the month in such a name: the file holds all trades of that time.
[[nodiscard]] std::optional<Window> days_of_file(std::filesystem::path const& path);

/// Returns the reason why a file of an archive cannot belong to an official file of this name;
/// empty when it can.
[[nodiscard]] std::string wrong_member(std::string_view member, std::string_view symbol,
                                       std::filesystem::path const& archive);

}  // namespace k2::verify
