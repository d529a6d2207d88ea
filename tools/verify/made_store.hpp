// A journal and a ledger for tests, both made by hand so that each can lie.
#pragma once

#include "io/journal.hpp"
#include "io/journal_format.hpp"
#include "tests/support/sample_trades.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/verify/verification.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <utility>

namespace k2::verify {

inline constexpr std::uint64_t kFirst = 4'000;  // so that the ids cross a chunk's border
inline constexpr std::uint64_t kLast = 13'000;

class MadeStore : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path data_dir() const { return dir_.path() / "data"; }
  [[nodiscard]] std::filesystem::path ledger() const { return dir_.path() / "ledger"; }

  void store(Trade const& trade) {
    builder_.append(trade);
    if (builder_.count() >= 100) flush();
  }
  void store(std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last; ++id) store(test::sample_trade(id));
  }
  void declare(std::uint64_t first, std::uint64_t last, sink::GapState state) {
    batch_.gaps.push_back({"BTCUSDT", {TradeId{first}, TradeId{last}}, "", state, {}});
  }
  void flush() {
    auto const journal = io::Journal::open({.data_dir = data_dir()}).value();
    builder_.take(batch_.block);
    ASSERT_TRUE(journal->commit({&batch_, 1}));
    batch_.clear();
  }

  void publish(Trade const& trade) {
    ledger_ += fmt::format("{},{},{},{},{},{}\n", value(trade.symbol) == 0 ? "BTCUSDT" : "ETHUSDT",
                           value(trade.id), trade.price.to_string(), trade.quantity.to_string(),
                           trade.traded_at.time_since_epoch().count(), trade.side == Side::kSell);
  }
  void publish(std::uint64_t first, std::uint64_t last) {
    for (auto id = first; id <= last; ++id) publish(test::sample_trade(id));
  }

  Report against_ledger(Request request = {}) {
    std::ofstream{ledger()} << ledger_;
    request.sources = {{Against::kLedger, ledger(), {}}};
    return alone(std::move(request));
  }
  Report alone(Request request = {}) {
    flush();
    request.data_dir = data_dir();
    return verify(request).value();
  }

  void damage(char const* sql) {
    flush();
    auto database =
        io::Database::open(io::journal_file(data_dir()), io::OpenMode::kReadWrite).value();
    ASSERT_TRUE(database.execute(sql));
  }

  test::TempDir dir_;
  sink::BlockBuilder builder_ = test::sample_builder();
  sink::Batch batch_;
  std::string ledger_;
};

inline IdRange ids(std::uint64_t first, std::uint64_t last) {
  return {TradeId{first}, TradeId{last}};
}

}  // namespace k2::verify
