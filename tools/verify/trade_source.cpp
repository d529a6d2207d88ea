#include "tools/verify/trade_source.hpp"

#include "io/line_file.hpp"
#include "tools/verify/stored_trades.hpp"
#include "tools/verify/topic_trades.hpp"

#include <fmt/format.h>

#include <utility>

namespace k2::verify {
namespace {

/// A ledger or an official file: a line a trade.
class LineSource : public TradeSource {
 public:
  LineSource(SourcePlace place, io::LineFile file)
      : place_(std::move(place)), file_(std::move(file)) {}

  Result<bool> next(SourceTrade& out) override {
    std::string_view line;
    for (;;) {
      auto const more = file_.next(line);
      if (!more) return more.error();
      if (!*more) return false;
      ++line_number_;
      if (line.empty() || (line_number_ == 1 && is_header(line))) continue;
      Errc const code = parse(line, out);
      if (code == Errc::kOk) return true;
      Error const error{code, fmt::format("{}, line {}: {}", place_.path.string(), line_number_,
                                          line.substr(0, 100))};
      // A writer that was killed leaves a cut last line; it cannot pass for a whole one.
      auto const behind = file_.next(line);
      if (!behind || *behind) return error;
      note_ = fmt::format("{}: the last line ({}) is cut and was left out", place_.path.string(),
                          line_number_);
      return false;
    }
  }

  std::string note() const override { return note_; }

 private:
  bool is_header(std::string_view line) const {
    return place_.kind == Against::kOfficial && (line[0] < '0' || line[0] > '9');
  }

  Errc parse(std::string_view line, SourceTrade& out) const noexcept {
    if (place_.kind == Against::kLedger) return parse_ledger_line(line, out);
    out.symbol = place_.symbol;
    return parse_official_line(line, out);
  }

  SourcePlace place_;
  io::LineFile file_;
  std::uint64_t line_number_ = 0;
  std::string note_;
};

/// Another journal or topic, read as if it were the truth.
class StoreSource : public TradeSource {
 public:
  explicit StoreSource(std::unique_ptr<Store> trades) : trades_(std::move(trades)) {}

  Result<bool> next(SourceTrade& out) override {
    StoredTrade stored;
    auto const more = trades_->next(stored);
    if (!more) return more.error();
    if (!*more) return false;
    out = {stored.symbol, stored.id, stored.content};
    return true;
  }

  std::string note() const override {
    auto const invalid = trades_->invalid_blocks().count + trades_->invalid_records().count;
    if (invalid == 0) return {};
    return fmt::format("the other store has {} invalid blocks or records itself", invalid);
  }

  Finding invalid() const override { return trades_->invalid_records(); }

 private:
  std::unique_ptr<Store> trades_;
};

}  // namespace

Result<std::unique_ptr<TradeSource>> open_source(SourcePlace const& place, Window const& window) {
  if (place.kind == Against::kJournal) {
    auto trades = StoredTrades::open(place.path, window);
    if (!trades) return trades.error();
    return std::unique_ptr<TradeSource>{new StoreSource{*std::move(trades)}};
  }
  if (place.kind == Against::kTopic) {
    auto trades = TopicTrades::open(place.topic.value(), false, window);
    if (!trades) return trades.error();
    return std::unique_ptr<TradeSource>{new StoreSource{*std::move(trades)}};
  }
  auto file = io::LineFile::open(place.path.string());
  if (!file) return file.error();
  return std::unique_ptr<TradeSource>{new LineSource{place, *std::move(file)}};
}

}  // namespace k2::verify
