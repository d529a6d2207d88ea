// REST rows made from the recording yield the very trades that its frames do, but for what REST
// does not tell.
#include "feed/rest_reader.hpp"
#include "feed/trade_decoder.hpp"
#include "tests/support/recording.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>

namespace k2::feed {
namespace {

constexpr UtcTime kReceived{std::chrono::microseconds{1'723'161'255'000'000}};
constexpr std::size_t kRowsPerReply = 1'000;

/// One row of /trades in the exchange's own layout.
void append_row(std::string_view frame, std::string& body) {
  auto const data = nlohmann::json::parse(frame).at("data");
  body.append(body.empty() ? "[" : ",");
  body.append("{\"id\":").append(data.at("t").dump());
  body.append(",\"price\":").append(data.at("p").dump());
  body.append(",\"qty\":").append(data.at("q").dump());
  body.append(",\"quoteQty\":\"0.00000000\",\"time\":").append(data.at("T").dump());
  body.append(",\"isBuyerMaker\":").append(data.at("m").dump()).append(",\"isBestMatch\":true}");
}

TEST(RecordedRows, EqualTheFramesButForWhatRestDoesNotTell) {
  SymbolTable symbols;
  auto const symbol = symbols.add(Symbol::parse("BTCUSDT").value());
  TradeDecoder decoder{symbols};
  RestReader reader;
  std::string text = support::read_text(std::string{K2_DATA_DIR "/"}.append(support::kTradeFrames));
  text.reserve(text.size() + 64);
  std::vector<Trade> expected;
  std::string body;
  for (auto const frame : support::lines_of(text)) {
    Trade trade;
    if (decoder.decode(frame, kReceived, trade) != FrameKind::kTrade) continue;
    trade.origin = Origin::kRest;
    trade.event_at = kNoTime;
    expected.push_back(trade);
    append_row(frame, body);
    if (expected.size() < kRowsPerReply) continue;
    auto const rows = reader.trades(body.append("]"), symbol, kReceived).value();
    ASSERT_TRUE(rows.bad.empty());
    ASSERT_EQ(rows.trades, expected);
    expected.clear();
    body.clear();
  }
  EXPECT_EQ(decoder.count(FrameKind::kTrade), 19'904U);
}

}  // namespace
}  // namespace k2::feed
