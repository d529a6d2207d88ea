#include "feed/stream_names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::feed {
namespace {

/// Looks up the rest of a frame from the stream's name on, as the decoder does.
StreamName const* find(StreamNames const& names, std::string const& name) {
  static std::string frame;
  frame = name + "@trade\",\"data\":{\"e\":\"trade\",\"E\":1672515782136";
  return names.find(frame.data());
}

TEST(StreamNames, FindsASymbolOfAnyLength) {
  SymbolTable symbols;
  for (auto const* text : {"A", "BTCUSDT", "1000SATSFDUSD", "SIXTEENLETTERSUS", "这是测试币456",
                           "SEVENTEENLETTERSU", "TWENTYFOURLETTERSINAROWX"}) {
    symbols.add(Symbol::parse(text).value());
  }
  StreamNames names;
  names.learn(symbols);
  for (std::uint32_t index = 0; index < symbols.size(); ++index) {
    auto const& symbol = symbols[SymbolIndex{index}];
    auto const* const found = find(names, symbol.lower());
    ASSERT_NE(found, nullptr) << symbol.text();
    EXPECT_EQ(found->symbol, SymbolIndex{index});
    EXPECT_EQ((std::string{found->upper, found->length}), symbol.text());
  }
}

TEST(StreamNames, TellsApartNamesThatAgreeInTheirFirstSixteenBytes) {
  SymbolTable symbols;
  auto const one = symbols.add(Symbol::parse("SIXTEENLETTERSUSONE").value());
  auto const two = symbols.add(Symbol::parse("SIXTEENLETTERSUSTWO").value());
  StreamNames names;
  names.learn(symbols);
  EXPECT_EQ(find(names, "sixteenlettersusone")->symbol, one);
  EXPECT_EQ(find(names, "sixteenlettersustwo")->symbol, two);
  EXPECT_EQ(find(names, "sixteenlettersusthr"), nullptr);
  EXPECT_EQ(find(names, "sixteenlettersus"), nullptr);
}

TEST(StreamNames, LeavesNamesThatAreTooLongToTheGeneralRoad) {
  SymbolTable symbols;
  symbols.add(Symbol::parse(std::string(25, 'X')).value());
  StreamNames names;
  names.learn(symbols);
  EXPECT_EQ(names.learned(), 1U);
  EXPECT_EQ(find(names, std::string(25, 'x')), nullptr);
}

TEST(StreamNames, KeepsFindingEverySymbolWhileTheTableGrows) {
  SymbolTable symbols;
  StreamNames names;
  for (int added = 0; added < 2'000; ++added) {
    symbols.add(Symbol::parse("S" + std::to_string(added) + "USDT").value());
    names.learn(symbols);
  }
  for (std::uint32_t index = 0; index < 2'000; ++index) {
    auto const* const found = find(names, "s" + std::to_string(index) + "usdt");
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->symbol, SymbolIndex{index});
  }
  EXPECT_EQ(find(names, "s2000usdt"), nullptr);
}

TEST(StreamNames, IsEmptyBeforeItLearns) {
  StreamNames const names;
  EXPECT_EQ(names.learned(), 0U);
  EXPECT_EQ(find(names, "btcusdt"), nullptr);
}

}  // namespace
}  // namespace k2::feed
