// Tests that the two parsers agree: the general one reads every frame that the fast one accepts to
// the same trade.
#include "feed/exact_trade.hpp"

#include "core/rng.hpp"
#include "feed/trade_decoder.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

constexpr UtcTime kReceived{std::chrono::microseconds{1'700'000'000'000'000}};

constexpr std::string_view kFrames[] = {
    R"({"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",)"
    R"("t":3735683259,"p":"61837.63000000","q":"0.02000000","T":1723161255342,"m":true,"M":true}})",
    R"({"stream":"a@trade","data":{"e":"trade","E":1723161255343001,"s":"A","t":0,)"
    R"("p":"0.00000001","q":"9999999999.99999999","T":1,"m":false,"M":false}})",
    R"({"stream":"这是测试币456@trade","data":{"e":"trade","E":0,"s":"这是测试币456",)"
    R"("t":999999999999999999,"p":"12345678.87654321","q":"123456789.00000000","T":99,)"
    R"("m":false,"M":true}})"};

class ExactTradeTest : public testing::Test {
 protected:
  ExactTradeTest() {
    for (auto const* text : {"BTCUSDT", "A", "这是测试币456", "BTCUSDC"}) {
      symbols_.add(Symbol::parse(text).value());
    }
    names_.learn(symbols_);
  }

  /// True when the fast parser accepts the frame; then the general one must read the same trade.
  bool taken_alike(std::string const& frame) {
    std::string const padded = frame + std::string(64, '}');
    std::string_view const view{padded.data(), frame.size()};
    Trade fast;
    if (!read_exact_trade(view, names_, kReceived, fast)) return false;
    Trade general;
    EXPECT_EQ(decoder_.decode_any_shape(view, kReceived, general), FrameKind::kTrade) << frame;
    EXPECT_EQ(fast, general) << frame;
    return true;
  }

  SymbolTable symbols_;
  StreamNames names_;
  TradeDecoder decoder_{symbols_};
};

TEST_F(ExactTradeTest, TakesTheExchangesLayout) {
  for (auto const frame : kFrames) EXPECT_TRUE(taken_alike(std::string{frame})) << frame;
}

TEST_F(ExactTradeTest, AgreesOnEveryChangeOfOneByte) {
  for (auto const frame : kFrames) {
    for (std::size_t at = 0; at < frame.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string changed{frame};
        changed[at] = static_cast<char>(byte);
        (void)taken_alike(changed);
      }
    }
  }
}

TEST_F(ExactTradeTest, AgreesOnEveryByteTakenOutOrDoubled) {
  for (auto const frame : kFrames) {
    for (std::size_t at = 0; at < frame.size(); ++at) {
      std::string changed{frame};
      (void)taken_alike(changed.erase(at, 1));
      changed = frame;
      (void)taken_alike(changed.insert(at, 1, frame[at]));
    }
  }
}

TEST_F(ExactTradeTest, AgreesOnPiecesMovedBetweenFrames) {
  Rng rng{20'260'923};
  int taken = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string changed{kFrames[rng.below(std::size(kFrames))]};
    std::string_view const other = kFrames[rng.below(std::size(kFrames))];
    std::size_t const from = rng.below(other.size());
    std::size_t const length = rng.below(24);
    std::size_t const to = rng.below(changed.size());
    changed.replace(to, rng.chance(0.5) ? length : rng.below(24), other.substr(from, length));
    if (taken_alike(changed)) ++taken;
  }
  // Digits swapped for digits leave a good frame; were there none, nothing was compared.
  EXPECT_GT(taken, 1'000);
}

TEST_F(ExactTradeTest, LeavesWhatItCannotHoldToTheGeneralRoad) {
  for (auto const* piece : {"92141578736.00000000", "1", "1.0", "1.123456789", "99999999999.0"}) {
    std::string frame{kFrames[0]};
    frame.replace(frame.find("61837.63000000"), 14, piece);
    EXPECT_FALSE(taken_alike(frame)) << piece;
  }
  std::string frame{kFrames[0]};
  frame.replace(frame.find("3735683259"), 10, "9223372036854775807");
  EXPECT_FALSE(taken_alike(frame));
  frame.replace(frame.find("9223372036854775807"), 19, "007");
  EXPECT_FALSE(taken_alike(frame));
}

TEST_F(ExactTradeTest, IsNotFooledByWhatStandsBehindTheFrame) {
  for (auto const frame : kFrames) {
    std::string const padded = std::string{frame} + std::string(64, ' ');
    for (std::size_t length = 0; length < frame.size(); ++length) {
      Trade trade;
      EXPECT_FALSE(read_exact_trade({padded.data(), length}, names_, kReceived, trade)) << length;
    }
  }
}

TEST_F(ExactTradeTest, WantsTheStreamOfTheSymbolItself) {
  std::string frame{kFrames[0]};
  frame.replace(frame.find("btcusdt@"), 8, "btcusdc@");
  EXPECT_FALSE(taken_alike(frame));
}

}  // namespace
}  // namespace k2::feed
