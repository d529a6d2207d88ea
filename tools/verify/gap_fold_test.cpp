#include "tools/verify/gap_fold.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::verify {
namespace {

using testing::ElementsAre;

class GapFoldTest : public testing::Test {
 protected:
  void apply(std::uint64_t first, std::uint64_t last, GapState state, std::string symbol = "A") {
    fold_.apply({.symbol = std::move(symbol),
                 .ids = {TradeId{first}, TradeId{last}},
                 .why = {},
                 .state = state});
  }
  [[nodiscard]] std::vector<std::string> pieces() const {
    std::vector<std::string> texts;
    for (auto const& piece : fold_.pieces()) {
      texts.push_back(piece.symbol + " " + std::to_string(value(piece.ids.first)) + ".." +
                      std::to_string(value(piece.ids.last)) + " " +
                      std::string{gap_state_name(piece.state)});
    }
    return texts;
  }
  GapFold fold_;
};

TEST_F(GapFoldTest, TheNewestRecordOfAnIdCounts) {
  apply(10, 19, GapState::kOpen);
  apply(13, 14, GapState::kRepaired);
  apply(19, 19, GapState::kVenue);
  EXPECT_THAT(pieces(),
              ElementsAre("A 10..12 open", "A 13..14 repaired", "A 15..18 open", "A 19..19 venue"));
  apply(10, 12, GapState::kRepaired);
  apply(15, 17, GapState::kRepaired);
  EXPECT_THAT(pieces(), ElementsAre("A 10..17 repaired", "A 18..18 open", "A 19..19 venue"));
}

TEST_F(GapFoldTest, ARecordCoversWhatItOverlaps) {
  apply(10, 12, GapState::kOpen);
  apply(15, 20, GapState::kRepaired);
  apply(30, 31, GapState::kOpen);
  apply(11, 17, GapState::kVenue);
  EXPECT_THAT(pieces(),
              ElementsAre("A 10..10 open", "A 11..17 venue", "A 18..20 repaired", "A 30..31 open"));
  apply(1, 40, GapState::kOpen);
  EXPECT_THAT(pieces(), ElementsAre("A 1..40 open"));
}

TEST_F(GapFoldTest, EachSymbolHasItsOwn) {
  apply(5, 5, GapState::kOpen, "B");
  apply(5, 6, GapState::kRepaired);
  EXPECT_THAT(pieces(), ElementsAre("A 5..6 repaired", "B 5..5 open"));
}

}  // namespace
}  // namespace k2::verify
