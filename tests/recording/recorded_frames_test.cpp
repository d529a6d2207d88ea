// Every recorded frame decodes to what an independent, plain reading of it yields.
#include "core/rng.hpp"
#include "feed/exact_trade.hpp"
#include "feed/trade_decoder.hpp"
#include "tests/support/recording.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace k2::feed {
namespace {

constexpr UtcTime kReceived{std::chrono::microseconds{1'723'161'255'000'000}};

/// The mantissa of "61837.63000000", the simple way: all recorded decimals have eight places.
std::int64_t mantissa_of(std::string text) {
  EXPECT_EQ(text.size() - text.find('.'), 9U) << text;
  text.erase(text.find('.'), 1);
  return std::stoll(text);
}

UtcTime milliseconds(nlohmann::json const& number) {
  return UtcTime{std::chrono::milliseconds{number.get<std::int64_t>()}};
}

Trade plain_reading(std::string_view frame, SymbolTable const& symbols) {
  auto const data = nlohmann::json::parse(frame).at("data");
  Trade trade;
  trade.symbol = symbols.find(data.at("s").get<std::string>()).value();
  trade.side = data.at("m").get<bool>() ? Side::kSell : Side::kBuy;
  trade.id = TradeId{data.at("t").get<std::uint64_t>()};
  trade.price = Price::from_mantissa(mantissa_of(data.at("p")));
  trade.quantity = Quantity::from_mantissa(mantissa_of(data.at("q")));
  trade.traded_at = milliseconds(data.at("T"));
  trade.event_at = milliseconds(data.at("E"));
  trade.received_at = kReceived;
  return trade;
}

class RecordedFrames : public testing::Test {
 protected:
  RecordedFrames() {
    symbols_.add(Symbol::parse("BTCUSDT").value());
    symbols_.add(Symbol::parse("ETHUSDT").value());
  }

  static std::string load(std::string_view file) {
    std::string text = support::read_text(std::string{K2_DATA_DIR "/"}.append(file));
    text.reserve(text.size() + 64);  // the slack behind the last frame
    return text;
  }

  SymbolTable symbols_;
  TradeDecoder decoder_{symbols_};
};

TEST_F(RecordedFrames, DecodeAsAPlainReadingDoes) {
  std::string const text = load(support::kTradeFrames);
  auto const frames = support::lines_of(text);
  ASSERT_EQ(frames.size(), 34'419U);
  for (auto const frame : frames) {
    Trade const expected = plain_reading(frame, symbols_);
    Trade trade;
    ASSERT_EQ(decoder_.decode(frame, kReceived, trade), FrameKind::kTrade) << frame;
    ASSERT_EQ(trade, expected) << frame;
    Trade general;
    ASSERT_EQ(decoder_.decode_any_shape(frame, kReceived, general), FrameKind::kTrade) << frame;
    ASSERT_EQ(general, expected) << frame;
  }
}

TEST_F(RecordedFrames, AllTakeTheFastRoad) {
  StreamNames names;
  names.learn(symbols_);
  std::string const text = load(support::kTradeFrames);
  for (auto const frame : support::lines_of(text)) {
    Trade trade;
    ASSERT_TRUE(read_exact_trade(frame, names, kReceived, trade)) << frame;
  }
}

TEST_F(RecordedFrames, OfOtherStreamsAreToldApart) {
  std::string const text = load(support::kAllFrames);
  auto const frames = support::lines_of(text);
  ASSERT_EQ(frames.size(), 179'316U);
  for (auto const frame : frames) {
    Trade trade;
    bool const is_trade = frame.substr(0, 32).find("@trade\"") != frame.npos;
    ASSERT_EQ(decoder_.decode(frame, kReceived, trade),
              is_trade ? FrameKind::kTrade : FrameKind::kOtherEvent)
        << frame;
  }
  EXPECT_EQ(decoder_.count(FrameKind::kTrade), 34'419U);
  EXPECT_EQ(decoder_.count(FrameKind::kOtherEvent), 144'897U);
}

TEST_F(RecordedFrames, AreTakenForJsonWhenTheyAreAfterAnyDamage) {
  std::string const text = load(support::kTradeFrames);
  auto const frames = support::lines_of(text);
  Rng rng{7};
  int accepted = 0;
  for (int round = 0; round < 100'000; ++round) {
    std::string frame{frames[rng.below(frames.size())]};
    static constexpr std::string_view kBytes = "{}[]\",:\\ 0123456789-.tfnu\xE5\x80\x01";
    for (std::uint64_t left = 1 + rng.below(3); left > 0; --left) {
      auto const byte = kBytes[rng.below(kBytes.size())];
      auto const at = rng.below(frame.size());
      if (rng.chance(0.3))
        frame.erase(at, 1);
      else if (rng.chance(0.4))
        frame.insert(at, 1, byte);
      else
        frame[at] = byte;
    }
    bool const json = nlohmann::json::accept(frame);
    std::string const padded = frame + std::string(64, ' ');
    Trade trade;
    auto const kind = decoder_.decode({padded.data(), frame.size()}, kReceived, trade);
    ASSERT_EQ(kind != FrameKind::kNotJson, json) << frame;
    accepted += json ? 1 : 0;
  }
  EXPECT_GT(accepted, 10'000);
}

}  // namespace
}  // namespace k2::feed
