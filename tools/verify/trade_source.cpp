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
      : place_(std::move(place)), file_(std::move(file)) {
    if (place_.kind == Against::kOfficial) days_ = days_of_file(place_.path);
  }

  Result<bool> next(SourceTrade& out) override {
    std::string_view line;
    for (;;) {
      auto const more = file_.next(line);
      if (!more) return more.error();
      if (!*more) return false;
      if (auto const right = check_part(); !right) return right.error();
      if (line.empty() || line == "\r") continue;
      if (place_.kind == Against::kOfficial && file_.line_number() == 1 && is_header_line(line)) {
        continue;
      }
      Errc const code = parse(line, out);
      if (code == Errc::kOk) {
        note_day(out);
        return true;
      }
      if (file_.ended_in_break()) return Error{code, place_text() + ": " + cut(line)};
      // A writer that was killed leaves a last line without its end; it cannot pass for a whole
      // one, and its content cannot be checked.
      unread_.add(fmt::format("{}: the last line is cut", place_text()));
    }
  }

  Finding unread() const override { return unread_; }

 private:
  /// An archive's files must be of the symbol and the day that the archive is named after.
  Result<void> check_part() {
    if (file_.parts() == part_) return {};
    part_ = file_.parts();
    if (place_.kind != Against::kOfficial || file_.part().empty()) return {};
    auto const why = wrong_member(file_.part(), place_.symbol, place_.path);
    if (why.empty()) return {};
    return Error{Errc::kDataCorrupt,
                 fmt::format("{}: its file {} {}", place_.path.string(), file_.part(), why)};
  }

  void note_day(SourceTrade const& trade) {
    if (!days_ || days_->contains(trade.content.time)) return;
    unread_.add(fmt::format("{}: trade {} is of another day than in the file's name", place_text(),
                            value(trade.id)));
  }

  [[nodiscard]] std::string place_text() const {
    return fmt::format("{}{}{}, line {}", place_.path.string(), file_.part().empty() ? "" : ", ",
                       file_.part(), file_.line_number());
  }
  [[nodiscard]] static std::string cut(std::string_view line) {
    return std::string{line.substr(0, 100)};
  }

  Errc parse(std::string_view line, SourceTrade& out) const noexcept {
    if (place_.kind == Against::kLedger) return parse_ledger_line(line, out);
    out.symbol = place_.symbol;
    return parse_official_line(line, out);
  }

  SourcePlace place_;
  io::LineFile file_;
  std::optional<Window> days_;
  std::size_t part_ = 0;
  Finding unread_;
};

/// Another journal or topic, read as if it were the truth.
class StoreSource : public TradeSource {
 public:
  StoreSource(std::unique_ptr<Store> trades, bool is_journal)
      : trades_(std::move(trades)), is_journal_(is_journal) {}

  Result<bool> next(SourceTrade& out) override {
    StoredTrade stored;
    auto const more = trades_->next(stored);
    if (!more) return more.error();
    if (*more) {
      out = {stored.symbol, stored.id, stored.content};
      return true;
    }
    invalid_.add(trades_->invalid_blocks());
    invalid_.add(trades_->invalid_records());
    if (!is_journal_) return false;
    // A journal that has lost its end is no truth to compare with.
    auto const tables = trades_->tables();
    if (!tables) return tables.error();
    invalid_.add(tables->wrong_positions);
    return false;
  }

  Finding invalid() const override { return invalid_; }
  Finding unread() const override { return trades_->unread(); }

 private:
  std::unique_ptr<Store> trades_;
  bool is_journal_;
  Finding invalid_;
};

}  // namespace

Result<std::unique_ptr<TradeSource>> open_source(SourcePlace const& place, Window const& window) {
  if (place.kind == Against::kJournal) {
    auto trades = StoredTrades::open(place.path, window);
    if (!trades) return trades.error();
    return std::unique_ptr<TradeSource>{new StoreSource{*std::move(trades), true}};
  }
  if (place.kind == Against::kTopic) {
    auto trades = TopicTrades::open(place.topic.value(), false, window);
    if (!trades) return trades.error();
    return std::unique_ptr<TradeSource>{new StoreSource{*std::move(trades), false}};
  }
  auto file = io::LineFile::open(place.path.string());
  if (!file) return file.error();
  return std::unique_ptr<TradeSource>{new LineSource{place, *std::move(file)}};
}

}  // namespace k2::verify
